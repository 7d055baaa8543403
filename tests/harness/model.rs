//! The slow, obvious twin of a disk: the blocks that are not zeros, in a map.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io,
    os::{
        fd::AsFd as _,
        unix::fs::{FileExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::BlockSource;
use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, fallocate},
    unistd::{Whence, lseek},
};
use shared::{DiffItem, DiffKind};

/// Length of a block in bytes.
pub const BLOCK: u64 = 4096;

/// A disk's bytes: its size, and every block that is not all zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    size: u64,
    blocks: BTreeMap<u64, Arc<[u8]>>,
}

/// What became of the blocks of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Bytes in blocks that hold other data.
    pub changed: u64,
    /// Bytes in blocks that are zeros now.
    pub cleared: u64,
}

impl Model {
    /// A disk of zeros.
    pub const fn new(size: u64) -> Self {
        Self { size, blocks: BTreeMap::new() }
    }

    /// The disk's size in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Bytes in blocks that are not all zeros.
    pub fn allocated(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK
    }

    /// Writes bytes, which must end within the disk.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) {
        assert!(offset + bytes.len() as u64 <= self.size, "a write past the end");
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            let (number, from) = (at / BLOCK, (at % BLOCK) as usize);
            let length = (BLOCK as usize - from).min(bytes.len() - done);
            let mut block = self.block(number).to_vec();
            block[from..from + length].copy_from_slice(&bytes[done..done + length]);
            self.set(number, &block);
            done += length;
        }
    }

    /// Makes a range zero.
    pub fn clear(&mut self, offset: u64, length: u64) {
        self.write(offset, &vec![0; length as usize]);
    }

    /// Cuts the disk off, or lets it go on with zeros.
    pub fn resize(&mut self, size: u64) {
        self.blocks.retain(|&number, _| number * BLOCK < size);
        self.size = size;
        let (last, from) = (size / BLOCK, (size % BLOCK) as usize);
        if let Some(block) = self.blocks.get(&last) {
            let mut block = block.to_vec();
            block[from..].fill(0);
            self.set(last, &block);
        }
    }

    /// The bytes of a block, past the disk's end zeros.
    pub fn block(&self, number: u64) -> &[u8] {
        const ZEROS: &[u8] = &[0; BLOCK as usize];
        self.blocks.get(&number).map_or(ZEROS, AsRef::as_ref)
    }

    /// The numbers of the blocks that are not all zeros.
    pub fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.blocks.keys().copied()
    }

    /// The numbers of the blocks that are not what they are in `base`.
    pub fn differing_from(&self, base: &Self) -> BTreeSet<u64> {
        let numbers = self.numbers().chain(base.numbers());
        numbers.filter(|&number| self.block(number) != base.block(number)).collect()
    }

    fn set(&mut self, number: u64, block: &[u8]) {
        if block.iter().all(|&byte| byte == 0) {
            self.blocks.remove(&number);
        } else {
            self.blocks.insert(number, block.into());
        }
    }

    /// What turns `base` into this disk, unit by unit, joined into runs.
    pub fn diff_from(&self, base: &Self, unit: u64) -> Vec<DiffItem> {
        let end = self.size.max(base.size);
        let mut items: Vec<DiffItem> = Vec::new();
        for number in self.differing_from(base) {
            let units = self.block(number).chunks(unit as usize);
            for (at, (new, old)) in units.zip(base.block(number).chunks(unit as usize)).enumerate()
            {
                if new == old {
                    continue;
                }
                let zero = new.iter().all(|&byte| byte == 0);
                let kind = if zero { DiffKind::Cleared } else { DiffKind::Changed };
                let offset_bytes = number * BLOCK + at as u64 * unit;
                let length_bytes = unit.min(end - offset_bytes);
                match items.last_mut() {
                    Some(last)
                        if last.kind == kind
                            && last.offset_bytes + last.length_bytes == offset_bytes =>
                    {
                        last.length_bytes += length_bytes;
                    }
                    _ => items.push(DiffItem { offset_bytes, length_bytes, kind }),
                }
            }
        }
        items
    }

    /// How many bytes of blocks differ from `base`, each block counted whole.
    pub fn counts_from(&self, base: &Self) -> Counts {
        let mut counts = Counts { changed: 0, cleared: 0 };
        for number in self.differing_from(base) {
            if self.blocks.contains_key(&number) {
                counts.changed += BLOCK;
            } else {
                counts.cleared += BLOCK;
            }
        }
        counts
    }

    /// What a disk holds, read where it says that it may hold data.
    pub fn of(source: &dyn BlockSource) -> io::Result<Self> {
        let size = source.size().bytes();
        let mut model = Self::new(size);
        let mut at = 0;
        while let Some(data) = source.next_data(at).map_err(io::Error::other)? {
            for number in data.start / BLOCK..data.end.div_ceil(BLOCK) {
                let mut block = vec![0; BLOCK as usize];
                let start = number * BLOCK;
                let there = &mut block[..BLOCK.min(size - start) as usize];
                source.read_at(start, there).map_err(io::Error::other)?;
                model.set(number, &block);
            }
            at = data.end;
        }
        Ok(model)
    }

    /// The first `size` bytes of a file, holes passed over as the system tells them.
    pub fn read(path: &Path, size: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut model = Self::new(size);
        let mut at = 0;
        while at < size {
            let data = match lseek(&file, at as i64, Whence::SeekData) {
                Ok(data) => data as u64,
                Err(Errno::ENXIO) => break,
                Err(errno) => return Err(errno.into()),
            };
            let hole = lseek(&file, data as i64, Whence::SeekHole)? as u64;
            let (mut start, end) = (data.min(size) / BLOCK * BLOCK, hole.min(size));
            while start < end {
                let mut block = vec![0; BLOCK as usize];
                file.read_exact_at(&mut block[..BLOCK.min(size - start) as usize], start)?;
                model.set(start / BLOCK, &block);
                start += BLOCK;
            }
            at = hole.max(at + 1);
        }
        Ok(model)
    }
}

/// An image file and its model, changed together.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    file: File,
    model: Model,
}

impl Image {
    /// Makes an image of holes.
    pub fn create(path: PathBuf, size: u64) -> io::Result<Self> {
        let mut open = OpenOptions::new();
        let file = open.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        file.set_len(size)?;
        Ok(Self { path, file, model: Model::new(size) })
    }

    /// The image file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the image holds.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// Writes bytes, which must end within the disk.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.model.write(offset, bytes);
        self.file.write_all_at(bytes, offset)
    }

    /// Makes a range a hole; where the file system has none, zeros.
    pub fn punch(&mut self, offset: u64, length: u64) -> io::Result<()> {
        self.model.clear(offset, length);
        let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        match fallocate(self.file.as_fd(), flags, offset as i64, length as i64) {
            Ok(()) => Ok(()),
            Err(Errno::EOPNOTSUPP) => self.file.write_all_at(&vec![0; length as usize], offset),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Cuts the disk off, or lets it go on with a hole.
    pub fn resize(&mut self, size: u64) -> io::Result<()> {
        self.model.resize(size);
        self.file.set_len(size)
    }

    /// Makes the image what a model says.
    pub fn become_model(&mut self, model: &Model) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.set_len(model.size)?;
        for (&number, block) in &model.blocks {
            let length = BLOCK.min(model.size - number * BLOCK) as usize;
            self.file.write_all_at(&block[..length], number * BLOCK)?;
        }
        self.model = model.clone();
        Ok(())
    }
}
