//! The files that an image names: its parent, and the parts that it lies in.

use std::path::{Path, PathBuf};

use shared::DiskFormat;

use super::{
    error::SourceError,
    host::{Changing, HostFile},
    layout::{Identity, Layout},
    reach::Reach,
};

/// What an image says of the file that it builds on.
#[derive(Debug)]
pub(super) struct Parent {
    /// Where it may be, the best first; from the image's own folder on.
    pub(super) names: Vec<PathBuf>,
    pub(super) format: DiskFormat,
    pub(super) expected: Expected,
}

/// What a parent must say of itself to be the one that was built on.
#[derive(Debug)]
pub(super) enum Expected {
    /// Nothing: the format keeps nothing to hold it to.
    Anything,
    /// A unique id, and the time of its last change in seconds since 1970, where it is known.
    Vhd { id: [u8; 16], changed: Option<i64> },
    /// One of some data write GUIDs.
    Vhdx { data_writes: Vec<[u8; 16]> },
}

/// Opens the first of some files that is there and lies within reach.
pub(super) fn open_named(
    image: &Path,
    names: &[PathBuf],
    changing: Changing,
    reach: &Reach,
) -> Result<HostFile, SourceError> {
    let folder = image.parent().unwrap_or(Path::new("/"));
    let listed = || {
        let names: Vec<String> = names.iter().map(|name| name.display().to_string()).collect();
        names.join(" or ")
    };
    let mut out_of_reach = false;
    for name in names {
        let path = folder.join(name);
        let Ok(resolved) = path.canonicalize() else {
            // Of what is elsewhere nobody learns whether it is there.
            out_of_reach |= !reach.allows(&lexical(&path));
            continue;
        };
        if reach.allows(&resolved) {
            return HostFile::open_kept(&resolved, changing);
        }
        out_of_reach = true;
    }
    let path = image.to_owned();
    if out_of_reach {
        return Err(SourceError::OutOfReach { path, named: listed() });
    }
    Err(SourceError::Parent { path, parent: listed(), what: "which is not there".to_owned() })
}

/// An error unless a file is the one that another was built on.
pub(super) fn check_parent(
    child: &Path,
    expected: &Expected,
    parent: &dyn Layout,
) -> Result<(), SourceError> {
    let file = parent.files()[0];
    let wrong = |what: &str| {
        let (path, parent) = (child.to_owned(), file.path().display().to_string());
        Err(SourceError::Parent { path, parent, what: what.to_owned() })
    };
    match (expected, parent.identity()) {
        (Expected::Vhd { id, .. }, Identity::Vhd { id: is, .. }) if *id != is => {
            wrong("which has another unique id than the parent that it was made on")
        }
        (Expected::Anything, _) | (Expected::Vhd { changed: None, .. }, Identity::Vhd { .. }) => {
            Ok(())
        }
        (Expected::Vhd { changed: Some(changed), .. }, Identity::Vhd { created, .. }) => {
            // Writers disagree on whether it is the parent's own stamp or its file's.
            if *changed == created || *changed == file.modified() {
                return Ok(());
            }
            wrong(&format!(
                "which was changed after it was made on it; if it is only a copy, give it its \
                 time back: touch --date=@{changed}"
            ))
        }
        (Expected::Vhdx { data_writes }, Identity::Vhdx { data_write }) => {
            if data_writes.contains(&data_write) {
                return Ok(());
            }
            wrong("which was written to after it was made on it: their data write GUIDs differ")
        }
        (Expected::Vhd { .. } | Expected::Vhdx { .. }, _) => wrong("which has another format"),
    }
}

/// A path that an image written by Windows names, from its folder on. What is absolute there means
/// nothing here, so a file of that name is looked for beside the image.
pub(super) fn from_windows(name: &str) -> PathBuf {
    let name = name.replace('\\', "/");
    let absolute = name.starts_with("//") || name.get(1..2) == Some(":");
    match name.rsplit('/').next() {
        Some(last) if absolute => PathBuf::from(last),
        _ => PathBuf::from(name),
    }
}

/// An absolute path without `.` and `..`, by its text alone.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            part @ (std::path::Component::Normal(_)
            | std::path::Component::RootDir
            | std::path::Component::Prefix(_)) => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_windows_are_found_here() {
        for (name, path) in [
            (r".\base.vhd", "./base.vhd"),
            (r"..\bases\base.vhd", "../bases/base.vhd"),
            (r"C:\vms\base.vhd", "base.vhd"),
            (r"\\server\share\base.vhd", "base.vhd"),
            ("/vms/base.vhd", "/vms/base.vhd"),
        ] {
            assert_eq!(from_windows(name), Path::new(path));
        }
    }
}
