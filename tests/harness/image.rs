//! A raw image file with a copy of its bytes in memory, and what two of them differ in.

use std::{
    fs::{File, OpenOptions},
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use shared::{BLOCK_BYTES, DiffItem, DiffKind};

use crate::random::Random;

/// A raw image file; every change goes to the file and to the copy.
#[derive(Debug)]
pub struct Image {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Image {
    /// Makes a file of `size` bytes, all of them a hole.
    pub fn new(path: &Path, size: u64) -> Self {
        let file = File::create(path).expect("an image can be made");
        file.set_len(size).expect("an image can be given its size");
        Self { path: path.to_owned(), bytes: vec![0; size as usize] }
    }

    /// Makes a file of random bytes.
    pub fn random(path: &Path, size: u64, seed: u64) -> Self {
        let mut image = Self::new(path, size);
        image.scramble(0..size, seed);
        image
    }

    /// Makes a file in which no two blocks are alike, but which compresses well.
    pub fn counted(path: &Path, size: u64) -> Self {
        let mut image = Self::new(path, size);
        for (number, word) in image.bytes.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&(number as u64 / 64 + 1).to_le_bytes());
        }
        image.save(0..size);
        image
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts random bytes into a range.
    pub fn scramble(&mut self, range: Range<u64>, seed: u64) {
        Random::new(seed).fill(&mut self.bytes[range.start as usize..range.end as usize]);
        self.save(range);
    }

    /// Puts zeros into a range.
    pub fn clear(&mut self, range: Range<u64>) {
        self.bytes[range.start as usize..range.end as usize].fill(0);
        self.save(range);
    }

    /// Cuts or lengthens it.
    pub fn resize(&mut self, size: u64) {
        self.bytes.resize(size as usize, 0);
        self.file().set_len(size).expect("an image can be given another size");
    }

    /// Puts random bytes or zeros into a few random runs of blocks.
    pub fn change(&mut self, random: &mut Random) {
        for _ in 0..=random.below(6) {
            let blocks = self.bytes.len() as u64 / BLOCK_BYTES;
            let first = random.below(blocks);
            let last = (first + 1 + random.below(100)).min(blocks);
            let range = first * BLOCK_BYTES..last * BLOCK_BYTES;
            if random.below(4) == 0 {
                self.clear(range);
            } else {
                self.scramble(range, random.next());
            }
        }
    }

    fn save(&self, range: Range<u64>) {
        let bytes = &self.bytes[range.start as usize..range.end as usize];
        self.file().write_all_at(bytes, range.start).expect("an image can be written");
    }

    fn file(&self) -> File {
        OpenOptions::new().write(true).open(&self.path).expect("an image can be opened")
    }
}

/// The runs of 4 KiB blocks in which two disks differ, found by comparing all their bytes.
pub fn differences(base: &[u8], target: &[u8]) -> Vec<DiffItem> {
    let end = base.len().max(target.len());
    let block = BLOCK_BYTES as usize;
    let part = |disk: &[u8], at: usize| {
        let mut bytes = vec![0; block];
        let there = &disk[at.min(disk.len())..(at + block).min(disk.len())];
        bytes[..there.len()].copy_from_slice(there);
        bytes
    };
    let mut items: Vec<DiffItem> = Vec::new();
    for at in (0..end).step_by(block) {
        let (before, after) = (part(base, at), part(target, at));
        if before == after {
            continue;
        }
        let zero = after.iter().all(|&byte| byte == 0);
        let kind = if zero { DiffKind::Cleared } else { DiffKind::Changed };
        let (offset_bytes, length_bytes) = (at as u64, (end - at).min(block) as u64);
        match items.last_mut() {
            Some(last)
                if last.kind == kind && last.offset_bytes + last.length_bytes == offset_bytes =>
            {
                last.length_bytes += length_bytes;
            }
            _ => items.push(DiffItem { offset_bytes, length_bytes, kind }),
        }
    }
    items
}

/// Says where two disks differ first, rather than printing them.
pub fn assert_same(found: &[u8], expected: &[u8], what: &str) {
    assert_eq!(found.len(), expected.len(), "the length of {what}");
    let differs = found.iter().zip(expected).position(|(found, expected)| found != expected);
    assert_eq!(differs, None, "the first byte in which {what} differs");
}
