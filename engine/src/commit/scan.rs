//! Reads and hashes a window of the disk, and keeps what differs from the base.
//!
//! Each rayon thread reads a chunk into a private buffer and hashes it there while it is in the
//! core's cache; a chunk that differs keeps its buffer, so the bytes that are stored are the bytes
//! that were hashed. Nothing is mapped: a file that shrinks must be an error, not a signal.
//!
//! Of a chunk of which it is known what lies around the written blocks, only those are read and
//! hashed: their chaining values and the known ones merge to its id.

use std::{
    ops::{Deref, Range},
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;
use shared::ChunkIndex;

use crate::{
    block_map::BlockMap,
    hash::{self, CHUNK, ItemId, Outboard},
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
    /// The chaining values of the base's chunk, where all but the blocks of `data` is as there;
    /// else what is not in `data` is zeros.
    pub(crate) known: Option<Box<Outboard>>,
}

/// A chunk that differs from the base.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) index: ChunkIndex,
    pub(crate) old: Option<ItemId>,
    /// The chaining values of the base's chunk, where they are known already.
    pub(crate) known: Option<Box<Outboard>>,
    /// What it is now; `None`: zeros.
    pub(crate) new: Option<NewChunk>,
}

/// A chunk's bytes and name.
#[derive(Debug)]
pub(crate) struct NewChunk {
    pub(crate) id: ItemId,
    pub(crate) bytes: Buffer,
    /// The blocks whose bytes are there.
    pub(crate) present: BlockMap,
    pub(crate) non_zero: BlockMap,
    /// The chaining values, where they are known already.
    pub(crate) values: Option<Box<Outboard>>,
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
        .map(|chunk| match &chunk.known {
            Some(known) => scan_written(source, buffers, chunk, known),
            None => scan_chunk(source, buffers, chunk),
        })
        .collect::<Result<_, SourceError>>()?;
    Ok(scanned.into_iter().flatten().collect())
}

fn scan_chunk(
    source: &dyn BlockSource,
    buffers: &Buffers,
    chunk: &ToScan,
) -> Result<Option<Changed>, SourceError> {
    let &ToScan { index, old, ref data, .. } = chunk;
    let cleared = || old.map(|_| Changed { index, old, known: None, new: None });
    if data.is_empty() {
        return Ok(cleared());
    }
    let buffer = read(source, buffers, chunk)?;
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
    let new = NewChunk { id, bytes: buffer, present: BlockMap::ALL, non_zero, values: None };
    Ok(Some(Changed { index, old, known: None, new: Some(new) }))
}

/// A chunk of which only the written blocks need to be looked at.
fn scan_written(
    source: &dyn BlockSource,
    buffers: &Buffers,
    chunk: &ToScan,
    known: &Outboard,
) -> Result<Option<Changed>, SourceError> {
    let buffer = read(source, buffers, chunk)?;
    let blocks = |range: &Range<u64>| {
        let at = chunk.index.offset_bytes();
        let end = (range.end - at).div_ceil(shared::BLOCK_BYTES);
        ((range.start - at) / shared::BLOCK_BYTES) as u32..end as u32
    };
    let present: BlockMap = chunk.data.iter().flat_map(blocks).collect();
    let written = hash::outboard(&buffer, hash::non_zero_blocks(&buffer));
    let mut values = Box::new(*known);
    for block in present {
        values[block as usize] = written[block as usize];
    }
    let id = hash::merge(&values);
    let &ToScan { index, old, .. } = chunk;
    if old == Some(id) {
        return Ok(None);
    }
    let non_zero = hash::non_zero_values(&values);
    let new = (!non_zero.is_empty()).then(|| {
        let values = Some(values);
        NewChunk { id, bytes: buffer, present, non_zero, values }
    });
    Ok(Some(Changed { index, old, known: Some(Box::new(*known)), new }))
}

/// Reads where a chunk may hold data; the rest is zeros.
fn read(
    source: &dyn BlockSource,
    buffers: &Buffers,
    chunk: &ToScan,
) -> Result<Buffer, SourceError> {
    let mut buffer = buffers.take();
    let mut filled = 0;
    for range in &chunk.data {
        let start = (range.start - chunk.index.offset_bytes()) as usize;
        let end = (range.end - chunk.index.offset_bytes()) as usize;
        buffer.bytes[filled..start].fill(0);
        source.read_at(range.start, &mut buffer.bytes[start..end])?;
        filled = end;
    }
    buffer.bytes[filled..].fill(0);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hash::BLOCK, source::MemorySource};

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
            ToScan { index: ChunkIndex(index), old, data: vec![data], known: None }
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

    #[test]
    fn what_is_known_around_written_blocks_gives_the_same_chunk() {
        let mut old = vec![0; CHUNK];
        old[..CHUNK / 2].fill(1);
        let known = hash::outboard(&old, hash::non_zero_blocks(&old));
        let mut new = old.clone();
        new[3 * BLOCK..5 * BLOCK].fill(7);
        new[8 * BLOCK..9 * BLOCK].fill(0);
        new[CHUNK - 512..].fill(9);
        // What lies around the written blocks must not be asked for.
        let mut bytes = vec![0xEE; CHUNK];
        let written = [3 * BLOCK..5 * BLOCK, 8 * BLOCK..9 * BLOCK, CHUNK - BLOCK..CHUNK];
        for range in written.clone() {
            bytes[range.clone()].copy_from_slice(&new[range]);
        }
        let source = MemorySource::new(bytes).unwrap();
        let old_id = hash::chunk_id(&old);
        let scan = |source: &MemorySource, data: &mut dyn Iterator<Item = Range<usize>>| {
            let data = data.map(|range| range.start as u64..range.end as u64).collect();
            let (index, known) = (ChunkIndex(0), Some(Box::new(known)));
            let to_scan = ToScan { index, old: Some(old_id), data, known };
            scan(source, &Buffers::default(), &[to_scan]).unwrap()
        };
        let new_chunk = scan(&source, &mut written.into_iter()).remove(0).new.unwrap();
        assert_eq!(new_chunk.id, hash::chunk_id(&new));
        assert_eq!(new_chunk.non_zero, hash::non_zero_blocks(&new));
        assert_eq!(new_chunk.present, [3, 4, 8, 63].into_iter().collect());
        for block in new_chunk.present {
            let at = block as usize * BLOCK..(block as usize + 1) * BLOCK;
            assert_eq!(new_chunk.bytes[at.clone()], new[at]);
        }

        // Written as it was: nothing changed. Zeros over all there was: nothing is left.
        let same = MemorySource::new(old.clone()).unwrap();
        assert!(scan(&same, &mut std::iter::once(2 * BLOCK..4 * BLOCK)).is_empty());
        let zeros = MemorySource::new(vec![0; CHUNK]).unwrap();
        let cleared = scan(&zeros, &mut std::iter::once(0..CHUNK / 2));
        assert!(cleared[0].new.is_none());
    }
}
