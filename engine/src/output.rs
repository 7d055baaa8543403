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
        let mut partial = target.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
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
        let folder = match self.target.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync"))
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

/// Whether two looks were at one file.
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}
