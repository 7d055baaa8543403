//! Writing to an image file: only the blocks that change, and holes where nothing is.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use nix::fcntl::{FallocateFlags, fallocate};

/// Bytes on their way to a disk, in order of their offset.
#[derive(Debug, Default)]
pub(super) struct Writes {
    pieces: BTreeMap<u64, Vec<u8>>,
    cleared: Vec<Range<u64>>,
}

impl Writes {
    /// Puts bytes at an offset, in place of what was to go to the same one.
    pub(super) fn put(&mut self, offset: u64, bytes: Vec<u8>) {
        self.pieces.insert(offset, bytes);
    }

    /// Lets a range be zeros, before anything is written.
    pub(super) fn clear(&mut self, range: Range<u64>) {
        self.cleared.push(range);
    }

    /// What is to be written, with its offset.
    pub(super) fn into_pieces(self) -> Vec<(u64, Bytes)> {
        self.pieces.into_iter().map(|(offset, bytes)| (offset, bytes.into())).collect()
    }
}

/// A raw image file.
#[derive(Debug)]
pub(super) struct Image {
    path: PathBuf,
}

impl Image {
    /// Makes a file of `size` bytes, all of them a hole.
    pub(super) fn create(path: PathBuf, size: u64) -> Result<Self> {
        let image = Self { path };
        let file = File::create(&image.path).with_context(|| image.failed("make"))?;
        file.set_len(size).with_context(|| image.failed("give a size to"))?;
        Ok(image)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lengthens it by a hole.
    pub(super) fn grow(&self, size: u64) -> Result<()> {
        self.open()?.set_len(size).with_context(|| self.failed("grow"))
    }

    /// Clears and writes.
    pub(super) fn apply(&self, writes: &Writes) -> Result<()> {
        let file = self.open()?;
        for range in &writes.cleared {
            punch(&file, range).with_context(|| self.failed("clear a part of"))?;
        }
        for (&offset, bytes) in &writes.pieces {
            file.write_all_at(bytes, offset).with_context(|| self.failed("write"))?;
        }
        Ok(())
    }

    fn open(&self) -> Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path);
        file.with_context(|| self.failed("open"))
    }

    fn failed(&self, action: &str) -> String {
        format!("{action} {}", self.path.display())
    }
}

/// Makes a hole; zeros where the file system has none.
fn punch(file: &File, range: &Range<u64>) -> std::io::Result<()> {
    let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    let length = range.end - range.start;
    if fallocate(file, flags, range.start as i64, length as i64).is_ok() {
        return Ok(());
    }
    let zeros = vec![0; 1 << 20];
    for offset in range.clone().step_by(zeros.len()) {
        let length = zeros.len().min((range.end - offset) as usize);
        file.write_all_at(&zeros[..length], offset)?;
    }
    Ok(())
}
