//! A planned file: regions in order, and zeros between them.

use std::{fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use shared::{ByteSize, CHUNK_BYTES};

use super::allocation::Allocation;

/// The most bytes that a piece has: those of a chunk.
const PIECE: u64 = CHUNK_BYTES;

/// What each byte of an image file is.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    regions: Vec<Region>,
    length: u64,
}

/// Some neighbouring bytes of the file.
#[derive(Debug)]
struct Region {
    at: u64,
    length: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// These.
    Given(Bytes),
    /// A table's, computed when they are asked for.
    Table(Table),
    /// Those of the disk, one after the other.
    Disk,
    /// Those of the disk's blocks that hold data.
    Blocks(Blocks),
}

/// A table's rows.
struct Table {
    row_bytes: u64,
    rows: Box<dyn Fn(Range<u64>) -> Vec<u8> + Send + Sync>,
}

/// Blocks of the disk in order, each behind the same few bytes.
#[derive(Debug)]
struct Blocks {
    before: Bytes,
    block: u64,
    disk: ByteSize,
    allocated: Arc<Allocation>,
}

/// At most 256 KiB of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// These bytes.
    Given(Bytes),
    /// So many zeros.
    Zeros(u64),
    /// A range of the disk, which lies in one chunk.
    Disk(Range<u64>),
}

impl Piece {
    /// How many bytes it has.
    pub(crate) const fn length(&self) -> u64 {
        match self {
            Self::Given(bytes) => bytes.len() as u64,
            Self::Zeros(length) => *length,
            Self::Disk(range) => range.end - range.start,
        }
    }
}

/// Making one, from the file's start to its end.
impl Layout {
    /// Has some bytes at an offset.
    pub(super) fn given(self, at: u64, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        self.region(at, bytes.len() as u64, Content::Given(bytes))
    }

    /// Has a table at an offset, whose rows are told by their numbers.
    pub(super) fn table<const N: usize>(
        self,
        at: u64,
        length: u64,
        row: impl Fn(u64) -> [u8; N] + Send + Sync + 'static,
    ) -> Self {
        let rows = Box::new(move |rows: Range<u64>| rows.flat_map(&row).collect());
        self.region(at, length, Content::Table(Table { row_bytes: N as u64, rows }))
    }

    /// Has the disk next, whole.
    pub(super) fn disk(self, size: ByteSize) -> Self {
        let at = self.length;
        self.region(at, size.bytes(), Content::Disk)
    }

    /// Has the disk's blocks at an offset, those that hold data, each behind `before`.
    pub(super) fn blocks(
        self,
        at: u64,
        before: Bytes,
        block: u64,
        disk: ByteSize,
        allocated: Arc<Allocation>,
    ) -> Self {
        let length = allocated.count() * (before.len() as u64 + block);
        self.region(at, length, Content::Blocks(Blocks { before, block, disk, allocated }))
    }

    fn region(mut self, at: u64, length: u64, content: Content) -> Self {
        debug_assert!(at >= self.length, "a region at {at}, and there are {} bytes", self.length);
        self.regions.push(Region { at, length, content });
        self.length = at + length;
        self
    }
}

/// Asking it.
impl Layout {
    /// How many bytes the file has.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// What the bytes of a range of the file are, from its start on: of as much as one piece is.
    pub(crate) fn piece(&self, range: Range<u64>) -> Piece {
        let end = range.end.min(range.start + PIECE);
        let next = self.regions.partition_point(|region| region.at <= range.start);
        let region = next.checked_sub(1).map(|last| &self.regions[last]);
        if let Some(region) = region.filter(|region| range.start < region.at + region.length) {
            let end = end.min(region.at + region.length);
            region.content.piece(range.start - region.at..end - region.at)
        } else {
            let next = self.regions.get(next).map_or(self.length, |region| region.at);
            Piece::Zeros(end.min(next) - range.start)
        }
    }

    /// Where the file has a byte of the disk, if it has it.
    pub(crate) fn place(&self, offset: u64) -> Option<u64> {
        self.regions.iter().find_map(|Region { at, content, .. }| match content {
            Content::Given(_) | Content::Table(_) => None,
            Content::Disk => Some(at + offset),
            Content::Blocks(blocks) => Some(at + blocks.place(offset)?),
        })
    }

    /// All bytes that are not the disk's, in pieces with their offsets in the file; the rest of it
    /// is zeros.
    pub(crate) fn structure(&self) -> impl Iterator<Item = (u64, Bytes)> + Send + '_ {
        self.regions.iter().flat_map(|Region { at, length, content }| {
            let pieces: Box<dyn Iterator<Item = (u64, Bytes)> + Send> = match content {
                Content::Given(bytes) => Box::new(std::iter::once((*at, bytes.clone()))),
                Content::Table(table) => {
                    let starts = (0..*length).step_by(PIECE as usize);
                    Box::new(starts.map(move |from| {
                        (at + from, table.bytes(from..(from + PIECE).min(*length)))
                    }))
                }
                Content::Blocks(blocks) if !blocks.before.is_empty() => {
                    let ranks = 0..blocks.allocated.count();
                    Box::new(
                        ranks.map(move |rank| (at + rank * blocks.stride(), blocks.before.clone())),
                    )
                }
                Content::Disk | Content::Blocks(_) => Box::new(std::iter::empty()),
            };
            pieces
        })
    }

    /// About how much memory it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let region = |region: &Region| match &region.content {
            Content::Given(bytes) => bytes.len(),
            Content::Blocks(blocks) => blocks.allocated.memory_bytes(),
            Content::Table(_) | Content::Disk => 0,
        };
        self.regions.iter().map(region).sum::<usize>() + size_of_val(self.regions.as_slice())
    }
}

impl Content {
    /// What a range of the region is, from its start on.
    fn piece(&self, range: Range<u64>) -> Piece {
        match self {
            Self::Given(bytes) => Piece::Given(part(bytes, range)),
            Self::Table(table) => Piece::Given(table.bytes(range)),
            Self::Disk => Piece::Disk(within_chunk(range)),
            Self::Blocks(blocks) => blocks.piece(range),
        }
    }
}

impl Table {
    fn bytes(&self, range: Range<u64>) -> Bytes {
        let (first, end) = (range.start / self.row_bytes, range.end.div_ceil(self.row_bytes));
        let bytes = Bytes::from((self.rows)(first..end));
        let skipped = first * self.row_bytes;
        part(&bytes, range.start - skipped..range.end - skipped)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("row_bytes", &self.row_bytes).finish_non_exhaustive()
    }
}

impl Blocks {
    /// From one block to the next in the file.
    const fn stride(&self) -> u64 {
        self.before.len() as u64 + self.block
    }

    fn piece(&self, range: Range<u64>) -> Piece {
        let (rank, at) = (range.start / self.stride(), range.start % self.stride());
        let length = (range.end - range.start).min(self.stride() - at);
        let before = self.before.len() as u64;
        if at < before {
            return Piece::Given(part(&self.before, at..before.min(at + length)));
        }
        let number = self.allocated.select(rank).expect("the region ends with its last block");
        let start = number * self.block + (at - before);
        // The last block goes on where the disk has ended.
        if start >= self.disk.bytes() {
            return Piece::Zeros(length);
        }
        Piece::Disk(within_chunk(start..(start + length).min(self.disk.bytes())))
    }

    fn place(&self, offset: u64) -> Option<u64> {
        let rank = self.allocated.rank(offset / self.block)?;
        Some(rank * self.stride() + self.before.len() as u64 + offset % self.block)
    }
}

/// As much of a range of the disk as its first chunk has.
fn within_chunk(range: Range<u64>) -> Range<u64> {
    let end = (range.start / CHUNK_BYTES + 1) * CHUNK_BYTES;
    range.start..end.min(range.end)
}

fn part(bytes: &Bytes, range: Range<u64>) -> Bytes {
    bytes.slice(range.start as usize..range.end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: u64 = 5 * CHUNK_BYTES + 512;

    /// Bytes, a gap, a table, and three of the disk's six blocks, the last of which ends past it.
    fn layout() -> Layout {
        let allocated: Allocation = [1, 2, 5].into_iter().collect();
        let disk = ByteSize::new(DISK).unwrap();
        Layout::default()
            .given(0, vec![1; 700])
            .table(2000, 24, |row| (row + 7).to_le_bytes())
            .blocks(4096, vec![9; 512].into(), CHUNK_BYTES, disk, Arc::new(allocated))
            .given(4096 + 3 * (512 + CHUNK_BYTES), vec![2; 512])
    }

    /// A byte of the disk.
    fn byte(offset: u64) -> u8 {
        (offset % 251) as u8
    }

    fn bytes(layout: &Layout, range: Range<u64>) -> Vec<u8> {
        let (mut bytes, mut at) = (Vec::new(), range.start);
        while at < range.end {
            let piece = layout.piece(at..range.end);
            assert!((1..=PIECE).contains(&piece.length()));
            match &piece {
                Piece::Given(given) => bytes.extend_from_slice(given),
                Piece::Zeros(length) => bytes.extend(vec![0; *length as usize]),
                Piece::Disk(range) => {
                    assert_eq!(range.start / CHUNK_BYTES, (range.end - 1) / CHUNK_BYTES);
                    bytes.extend(range.clone().map(byte));
                }
            }
            at += piece.length();
        }
        assert_eq!(at, range.end);
        bytes
    }

    /// The file as an export makes it: a hole, with what is not the disk's put in, and the chunks.
    fn written(layout: &Layout) -> Vec<u8> {
        let mut file = vec![0; layout.length() as usize];
        for (at, bytes) in layout.structure() {
            file[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
        }
        for chunk in [1, 2, 5] {
            let disk = chunk * CHUNK_BYTES..((chunk + 1) * CHUNK_BYTES).min(DISK);
            let at = layout.place(disk.start).unwrap() as usize;
            for (to, offset) in file[at..].iter_mut().zip(disk) {
                *to = byte(offset);
            }
        }
        file
    }

    #[test]
    fn a_file_read_in_any_pieces_is_the_file_that_is_written() {
        let layout = layout();
        let file = written(&layout);
        assert_eq!(file[1999..2010], [0, 7, 0, 0, 0, 0, 0, 0, 0, 8, 0]);
        assert_eq!(file.len() as u64, 4096 + 3 * (512 + CHUNK_BYTES) + 512);
        assert!(bytes(&layout, 0..layout.length()) == file);
        let edges = [0, 699, 700, 1999, 2009, 2024, 4095, 4096, 4607, 4608, 4609];
        let ends = edges.iter().map(|at| layout.length() - at);
        for start in edges.into_iter().chain(ends.clone()) {
            for end in edges.into_iter().chain(ends.clone()).filter(|&end| end > start) {
                let found = bytes(&layout, start..end);
                assert!(found == file[start as usize..end as usize], "{start}..{end}");
            }
        }
    }

    #[test]
    fn what_holds_no_data_has_no_place() {
        let layout = layout();
        assert_eq!(layout.place(CHUNK_BYTES + 5), Some(4096 + 512 + 5));
        assert_eq!(layout.place(0), None);
        assert_eq!(layout.place(4 * CHUNK_BYTES), None);
    }
}
