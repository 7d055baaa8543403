//! Reads and hashes a window of the disk, and keeps what differs from the base.
//!
//! Each rayon thread reads a chunk into a private buffer and hashes it there while it is in the
//! core's cache; a chunk that differs keeps its buffer, so the bytes that are stored are the bytes
//! that were hashed. Nothing is mapped: a file that shrinks must be an error, not a signal.

use std::{
    ops::{Deref, Range},
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;
use shared::ChunkIndex;

use crate::{
    block_map::BlockMap,
    hash::{self, CHUNK, ItemId},
    source::{BlockSource, SourceError},
};

/// Chunks in a window: 16 MiB, so that three windows in flight stay small beside the packs.
pub(crate) const WINDOW_CHUNKS: usize = 64;

/// Where no more than an eighth of a chunk may hold data, merging the chaining values of zero
/// blocks, which are known, costs less than hashing the zeros.
const SPARSE: u64 = 8;

/// A chunk to look at.
#[derive(Debug)]
pub(crate) struct ToScan {
    pub(crate) index: ChunkIndex,
    /// Its id in the base; `None`: zeros.
    pub(crate) old: Option<ItemId>,
    /// Where it may hold data now, on the disk; within the chunk and in order.
    pub(crate) data: Vec<Range<u64>>,
}

/// A chunk that differs from the base.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) index: ChunkIndex,
    pub(crate) old: Option<ItemId>,
    /// What it is now; `None`: zeros.
    pub(crate) new: Option<NewChunk>,
}

/// A chunk's bytes and name.
#[derive(Debug)]
pub(crate) struct NewChunk {
    pub(crate) id: ItemId,
    pub(crate) bytes: Buffer,
    pub(crate) non_zero: BlockMap,
}

/// Buffers of one chunk each, used again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A chunk's bytes; the buffer goes back when it is dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    fn take(&self) -> Buffer {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer { bytes: bytes.unwrap_or_else(|| vec![0; CHUNK]), home: self.clone() }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

/// The chunks of a window that differ from the base, in order.
pub(crate) fn scan(
    source: &dyn BlockSource,
    buffers: &Buffers,
    window: &[ToScan],
) -> Result<Vec<Changed>, SourceError> {
    let scanned: Vec<Option<Changed>> = window
        .par_iter()
        .map(|chunk| scan_chunk(source, buffers, chunk))
        .collect::<Result<_, SourceError>>()?;
    Ok(scanned.into_iter().flatten().collect())
}

fn scan_chunk(
    source: &dyn BlockSource,
    buffers: &Buffers,
    chunk: &ToScan,
) -> Result<Option<Changed>, SourceError> {
    let &ToScan { index, old, ref data } = chunk;
    let cleared = || old.map(|_| Changed { index, old, new: None });
    if data.is_empty() {
        return Ok(cleared());
    }
    let mut buffer = buffers.take();
    let mut filled = 0;
    for range in data {
        let start = (range.start - index.offset_bytes()) as usize;
        let end = (range.end - index.offset_bytes()) as usize;
        buffer.bytes[filled..start].fill(0);
        source.read_at(range.start, &mut buffer.bytes[start..end])?;
        filled = end;
    }
    buffer.bytes[filled..].fill(0);
    if hash::is_zero(&buffer) {
        return Ok(cleared());
    }
    let covered: u64 = data.iter().map(|range| range.end - range.start).sum();
    let sparse = covered <= shared::CHUNK_BYTES / SPARSE;
    let (id, non_zero) = if sparse {
        let non_zero = hash::non_zero_blocks(&buffer);
        (hash::merge(&hash::outboard(&buffer, non_zero)), Some(non_zero))
    } else {
        (hash::chunk_id(&buffer), None)
    };
    if old == Some(id) {
        return Ok(None);
    }
    let non_zero = non_zero.unwrap_or_else(|| hash::non_zero_blocks(&buffer));
    Ok(Some(Changed { index, old, new: Some(NewChunk { id, bytes: buffer, non_zero }) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn only_what_differs_is_kept_and_no_byte_of_another_chunk_remains() {
        let mut bytes = vec![0; 3 * CHUNK];
        bytes[..CHUNK].fill(1);
        bytes[2 * CHUNK + 100] = 2;
        let source = MemorySource::new(bytes.clone()).unwrap();
        let buffers = Buffers::default();
        let one = hash::chunk_id(&vec![1; CHUNK]);
        let to_scan = |index: u64, old, data: Range<usize>| {
            let at = index * CHUNK as u64;
            let data = at + data.start as u64..at + data.end as u64;
            ToScan { index: ChunkIndex(index), old, data: vec![data] }
        };
        for _ in 0..3 {
            let window = [
                to_scan(0, Some(one), 0..CHUNK),
                to_scan(1, Some(one), 0..CHUNK),
                to_scan(2, None, 0..4096),
            ];
            let changed = scan(&source, &buffers, &window).unwrap();
            let places: Vec<_> = changed.iter().map(|it| it.index.0).collect();
            assert_eq!(places, [1, 2]);
            assert!(changed[0].new.is_none());
            let new = changed[1].new.as_ref().unwrap();
            assert_eq!(*new.bytes, bytes[2 * CHUNK..]);
            assert_eq!(new.non_zero, BlockMap(1));
        }
    }
}
