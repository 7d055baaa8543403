//! A file that gets its name when it is whole: `FILE.partial` until then.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use shared::{Disk, DiskSource};

use crate::{
    error::Error,
    hash::BLOCK,
    source::{Changing, ImageSource, Reach},
};

/// A file that is being written; removed when it is dropped before it is published.
#[derive(Debug)]
pub struct PartialFile {
    file: Arc<File>,
    partial: PathBuf,
    target: PathBuf,
    published: bool,
}

impl PartialFile {
    /// Makes `target.partial`, empty, for this writer alone. Regular files are replaced; anything
    /// else, and the image of one of the disks, is refused.
    pub fn create(target: &Path, disks: &[Disk]) -> Result<Self, Error> {
        let partial = partial_of(target);
        // Both are written over, and the second is emptied at once.
        check_replaceable(target, disks)?;
        check_replaceable(&partial, disks)?;
        let failed = |action| {
            let path = partial.clone();
            move |source| Error::Output { action, path, source }
        };
        let file = loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&partial);
            let file = file.map_err(failed("make"))?;
            if file.try_lock().is_err() {
                let what = "is being written by another export".to_owned();
                return Err(Error::OutputRefused { path: partial, what });
            }
            // The one that was opened may have got its name from another export just now.
            let locked = file.metadata().map_err(failed("look at"))?;
            if partial.metadata().is_ok_and(|there| is_same(&there, &locked)) {
                break file;
            }
        };
        file.set_len(0).map_err(failed("empty"))?;
        Ok(Self { file: Arc::new(file), partial, target: target.to_owned(), published: false })
    }

    /// The same where no file has the target's name, but for one that an earlier attempt gave it
    /// and then got no further.
    pub fn create_new(target: &Path, disks: &[Disk]) -> Result<Self, Error> {
        let there = target.symlink_metadata().is_ok();
        if there && !are_of_one(target, &partial_of(target)) {
            return Err(Error::FileExists { path: target.to_owned() });
        }
        Self::create(target, disks)
    }

    /// Forgets the name that an attempt gave a file first, and was broken off before it could.
    pub fn forget(target: &Path) -> io::Result<()> {
        let partial = partial_of(target);
        if are_of_one(target, &partial) { std::fs::remove_file(partial) } else { Ok(()) }
    }

    /// Gives it a length; what is not written is a hole.
    pub fn set_length(&self, length: u64) -> Result<(), Error> {
        self.file.set_len(length).map_err(|error| self.failed("make room in", error))
    }

    /// Writes bytes at an offset, but for blocks of zeros, which are left as holes.
    pub fn write_sparse(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let to_the_end_of_its_block = BLOCK - (at % BLOCK as u64) as usize;
            let (block, behind) = rest.split_at(to_the_end_of_its_block.min(rest.len()));
            if block.iter().any(|&byte| byte != 0) {
                let written = self.file.write_all_at(block, at);
                written.map_err(|error| self.failed("write", error))?;
            }
            (at, rest) = (at + block.len() as u64, behind);
        }
        Ok(())
    }

    /// Makes it durable, and gives it its name.
    pub fn publish(mut self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| self.failed("sync", error))?;
        let failed = |action| {
            let path = self.target.clone();
            move |source| Error::Output { action, path, source }
        };
        std::fs::rename(&self.partial, &self.target).map_err(failed("rename"))?;
        self.published = true;
        sync_folder_of(&self.target).map_err(failed("sync"))
    }

    /// Makes it durable, and gives it its name beside the one that it has, unless another file has
    /// it. By both names together the next attempt knows it for one that was broken off.
    pub fn publish_new(self) -> Result<NewFile, Error> {
        self.file.sync_all().map_err(|error| self.failed("sync", error))?;
        let target = self.target.clone();
        let failed = |action| {
            let path = target.clone();
            move |source| Error::Output { action, path, source }
        };
        match std::fs::hard_link(&self.partial, &target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if !are_of_one(&target, &self.partial) {
                    return Err(Error::FileExists { path: target });
                }
            }
            linked => linked.map_err(failed("link"))?,
        }
        let synced = sync_folder_of(&target).map_err(failed("sync"));
        let new = NewFile { _partial: self, target, kept: false };
        synced.map(|()| new)
    }

    /// The file, to write to from many threads.
    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// What the system said of the file, as an error.
    pub(crate) fn failed(&self, action: &'static str, source: io::Error) -> Error {
        Error::Output { action, path: self.partial.clone(), source }
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.published {
            // Half an image is of no use; that it stays when this fails too is no further harm.
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// A file that has its name; removed when it is dropped before it is kept.
#[derive(Debug)]
pub struct NewFile {
    /// Dropped, it takes its own name away.
    _partial: PartialFile,
    target: PathBuf,
    kept: bool,
}

impl NewFile {
    /// Leaves it where it is.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // As of half an image.
            let _ = std::fs::remove_file(&self.target);
        }
    }
}

fn partial_of(target: &Path) -> PathBuf {
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    partial.into()
}

/// Whether two names are of one file.
fn are_of_one(name: &Path, other: &Path) -> bool {
    let looks = (name.symlink_metadata(), other.symlink_metadata());
    matches!(looks, (Ok(one), Ok(other)) if is_same(&one, &other))
}

/// Whether two looks were at one file.
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn sync_folder_of(file: &Path) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Refuses to write over a disk's image, or over what is no file.
fn check_replaceable(file: &Path, disks: &[Disk]) -> Result<(), Error> {
    let Ok(there) = file.metadata() else { return Ok(()) };
    let refused = |what: String| Error::OutputRefused { path: file.to_owned(), what };
    if !there.is_file() {
        return Err(refused("is no regular file, and only those are written over".to_owned()));
    }
    for disk in disks {
        let DiskSource::Attached { path, format } = &disk.source else { continue };
        let path = Path::new(path);
        let is_there = |path: &Path| path.metadata().is_ok_and(|image| is_same(&image, &there));
        if is_there(path) {
            let what = format!("is the image of disk {}, and is not written over", disk.name);
            return Err(refused(what));
        }
        // An image that cannot be opened names no files that could be protected.
        let opened =
            ImageSource::open_kept(path, *format, Changing::Allowed, &Reach::Anywhere).ok();
        if opened.is_some_and(|image| image.paths().any(is_there)) {
            let what = format!("is what the image of disk {} builds on", disk.name);
            return Err(refused(what + ", and is not written over"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_file_never_takes_anothers_place() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new.img");
        let partial = PartialFile::create_new(&target, &[]).unwrap();
        fs::write(&target, "somebody's").unwrap();
        assert!(matches!(partial.publish_new(), Err(Error::FileExists { .. })));
        assert!(matches!(PartialFile::create_new(&target, &[]), Err(Error::FileExists { .. })));
        assert_eq!(fs::read(&target).unwrap(), b"somebody's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_stays_only_when_it_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new.img");
        let publish = || PartialFile::create_new(&target, &[]).unwrap().publish_new().unwrap();
        drop(publish());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // What an attempt leaves that is killed after it gave the file its name.
        fs::write(&target, "half").unwrap();
        fs::hard_link(&target, partial_of(&target)).unwrap();
        publish().keep();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(target.exists());
    }
}
