//! The folders that images may be attached from, and what lies in them.

use std::{
    collections::{BTreeSet, HashMap},
    fs, io,
    path::{Path, PathBuf},
};

use engine::{BlockSource, Changing, ImageSource, Reach};
use jiff::Timestamp;
use shared::{Code, Disk, DiskId, DiskSource, ImageFile};

use crate::api::error::Refusal;

/// How deep below a root images are looked for.
const DEPTH: usize = 4;

/// Folders, their symbolic links resolved.
#[derive(Debug, Clone)]
pub(crate) struct ImageRoots {
    folders: Vec<PathBuf>,
}

impl ImageRoots {
    /// These folders, which must be there.
    pub(crate) fn new(folders: &[PathBuf]) -> io::Result<Self> {
        let resolve = |folder: &PathBuf| {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("image root {}: {error}", folder.display()))
            };
            let folder = folder.canonicalize().map_err(named)?;
            if folder.is_dir() {
                Ok(folder)
            } else {
                Err(named(io::ErrorKind::NotADirectory.into()))
            }
        };
        Ok(Self { folders: folders.iter().map(resolve).collect::<io::Result<_>>()? })
    }

    /// The folders.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// What images may name: what lies below the roots too.
    pub(crate) fn reach(&self) -> Reach {
        Reach::Below(self.folders.clone())
    }

    /// The file that `path` leads to, which must lie below a root.
    pub(crate) fn existing(&self, path: &str) -> Result<PathBuf, Refusal> {
        // Of what is elsewhere nobody learns whether it is there, or where a link leads.
        let asked = Path::new(path);
        let Ok(resolved) = asked.canonicalize() else {
            self.lies_below(asked, asked)?;
            let detail = format!("there is no image at {path}");
            return Err(Refusal::new(Code::SourceNotFound, detail));
        };
        self.lies_below(&resolved, asked)?;
        Ok(resolved)
    }

    /// Where a file can be made that is not there: its folder must lie below a root.
    pub(crate) fn new_file(&self, path: &str) -> Result<PathBuf, Refusal> {
        let invalid = || {
            Refusal::new(Code::InvalidRequest, format!("{path} is no path of a file"))
                .help("give the absolute path of a file in a folder that is there")
        };
        let (Some(folder), Some(name)) = (Path::new(path).parent(), Path::new(path).file_name())
        else {
            return Err(invalid());
        };
        let Ok(folder) = folder.canonicalize() else {
            self.lies_below(Path::new(path), Path::new(path))?;
            return Err(invalid());
        };
        let target = folder.join(name);
        self.lies_below(&target, Path::new(path))?;
        if target.symlink_metadata().is_ok() {
            return Err(engine::Error::FileExists { path: target }.into());
        }
        Ok(target)
    }

    /// An error if a disk's bytes are an image outside the roots, which was attached without a
    /// server or while there were more of them.
    pub(crate) fn check(&self, disk: &Disk) -> Result<(), Refusal> {
        match &disk.source {
            DiskSource::Attached { path, .. } => self.lies_below(Path::new(path), Path::new(path)),
            DiskSource::Managed { .. } => Ok(()),
        }
    }

    /// An error unless a path lies below a root; it tells of the path that was asked for.
    fn lies_below(&self, path: &Path, asked: &Path) -> Result<(), Refusal> {
        let climbs = path.components().any(|part| part == std::path::Component::ParentDir);
        if !climbs && self.folders.iter().any(|root| path.starts_with(root)) {
            return Ok(());
        }
        let folder = asked.parent().unwrap_or(asked).display();
        let detail = format!("{} does not lie below an image root", asked.display());
        let help = format!(
            "start the server with --image-root {folder}, or put the image into {}",
            self.folders.first().map_or_else(String::new, |root| root.display().to_string())
        );
        Err(Refusal::new(Code::PathNotAllowed, detail).help(help))
    }

    /// The paths of files below the roots that come after a path, in their order, at most so many
    /// of them. Waits for the file system: not for async threads.
    pub(crate) fn files(&self, after: Option<&str>, count: usize) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut folders: Vec<(PathBuf, usize)> =
            self.folders.iter().map(|root| (root.clone(), 0)).collect();
        while let Some((folder, depth)) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                // Symbolic links are not followed: what they lead to is found where it lies.
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() && depth < DEPTH && !hidden {
                    folders.push((entry.path(), depth + 1));
                } else if kind.is_file()
                    && !hidden
                    && let Ok(path) = entry.path().into_os_string().into_string()
                    && after.is_none_or(|after| path.as_str() > after)
                {
                    found.insert(path);
                    if found.len() > count {
                        found.pop_last();
                    }
                }
            }
        }
        found.into_iter().collect()
    }
}

/// What lies at a path, unless it went away; `attached` knows which images are disks already, and
/// `reach` what an image may name. Reads from the file: not for async threads.
pub(crate) fn image_file(
    path: String,
    attached: &HashMap<String, DiskId>,
    reach: &Reach,
) -> Option<ImageFile> {
    let meta = Path::new(&path).metadata().ok()?;
    let modified_at = Timestamp::try_from(meta.modified().ok()?).ok()?;
    let disk_id = attached.get(&path).copied();
    let opened = ImageSource::open(Path::new(&path), Changing::Allowed, reach);
    Some(ImageFile {
        path,
        size_bytes: meta.len(),
        format: opened.as_ref().ok().map(ImageSource::format),
        disk_size_bytes: opened.as_ref().ok().map(BlockSource::size),
        modified_at,
        disk_id,
        problem: opened.err().map(|error| error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use shared::DiskFormat;

    use super::*;

    #[test]
    fn a_link_out_of_a_root_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let inside = root.join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(root.join("secret"), [0; 512]).unwrap();
        std::os::unix::fs::symlink(root.join("secret"), inside.join("link")).unwrap();
        fs::write(inside.join("web.img"), [0; 512]).unwrap();
        let roots = ImageRoots::new(std::slice::from_ref(&inside)).unwrap();
        let code = |path: PathBuf| roots.existing(path.to_str().unwrap()).unwrap_err().code();
        assert_eq!(code(inside.join("link")), Code::PathNotAllowed);
        assert_eq!(code(inside.join("../secret")), Code::PathNotAllowed);
        assert_eq!(code(root.join("nothing")), Code::PathNotAllowed);
        assert_eq!(code(inside.join("nothing")), Code::SourceNotFound);
        let web = inside.join("web.img");
        assert_eq!(roots.existing(web.to_str().unwrap()).unwrap(), web);
        let files = roots.files(None, 10);
        assert_eq!(files, [web.to_str().unwrap()]);
        let file = image_file(files[0].clone(), &HashMap::new(), &roots.reach()).unwrap();
        assert_eq!((file.format, file.problem), (Some(DiskFormat::Raw), None));
    }

    #[test]
    fn what_a_link_leads_to_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        fs::write(folder.path().join("secret"), [0; 512]).unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
        let roots = ImageRoots::new(std::slice::from_ref(&inside)).unwrap();
        let refusal = roots.existing(inside.join("link").to_str().unwrap()).unwrap_err();
        assert!(!refusal.to_string().contains("secret"), "{refusal}");
    }
}
