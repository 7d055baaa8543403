//! Some layers over one another: a block is that of the newest layer that has it.

use std::{io, path::PathBuf};

use shared::{BLOCK_BYTES, CHUNK_BYTES, ChunkIndex};

use super::layer::{Layer, LeafMap, Run};
use crate::{block_map::BlockMap, source::SourceError};

/// Layers, the newest first.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The disk's folder, for messages.
    folder: PathBuf,
    layers: Vec<Layer>,
}

impl Stack {
    pub(super) fn new(folder: PathBuf, layers: Vec<Layer>) -> Self {
        Self { folder, layers }
    }

    /// Whether no block is in any layer.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.next_leaf(0)?.is_none())
    }

    /// How many blocks are in any layer.
    pub(crate) fn count(&self) -> io::Result<u64> {
        let (mut blocks, mut from) = (0, 0);
        while let Some((leaf, maps)) = self.next_leaf(from)? {
            blocks += maps.iter().map(|map| map.len() as u64).sum::<u64>();
            from = leaf + 1;
        }
        Ok(blocks)
    }

    /// The first leaf node at or after `from` of whose chunks blocks are in any layer.
    pub(crate) fn next_leaf(&self, from: u64) -> io::Result<Option<(u64, LeafMap)>> {
        let mut found: Option<(u64, LeafMap)> = None;
        for layer in &self.layers {
            let Some((leaf, maps)) = layer.next_leaf(from)? else { continue };
            match &mut found {
                Some((first, all)) if *first == leaf => {
                    for (all, map) in all.iter_mut().zip(maps) {
                        *all = *all | map;
                    }
                }
                Some((first, _)) if *first < leaf => {}
                _ => found = Some((leaf, maps)),
            }
        }
        Ok(found)
    }

    /// Fills `bytes`, which begin at a block and lie in one chunk, with the blocks that are there;
    /// says which they are, counted from the chunk's start.
    pub(crate) fn fill(&self, offset: u64, bytes: &mut [u8]) -> io::Result<BlockMap> {
        let chunk = ChunkIndex::containing(offset);
        let first = ((offset - chunk.offset_bytes()) / BLOCK_BYTES) as u32;
        let end = first + (bytes.len() as u64).div_ceil(BLOCK_BYTES) as u32;
        debug_assert!(u64::from(end) * BLOCK_BYTES <= CHUNK_BYTES, "one chunk is filled");
        let mut open: BlockMap = (first..end).collect();
        let mut found = BlockMap::EMPTY;
        for layer in &self.layers {
            let blocks = layer.maps(chunk.0..chunk.0 + 1)?[0] & open;
            for run in blocks.runs() {
                let from = (run.start - first) as usize * BLOCK_BYTES as usize;
                let to = ((run.end - first) as usize * BLOCK_BYTES as usize).min(bytes.len());
                layer.read(chunk.block(run.start).offset_bytes(), &mut bytes[from..to])?;
            }
            (open, found) = (open - blocks, found | blocks);
            if open.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// An error of the system in the layers' files.
    pub(crate) fn unreadable(&self, offset: u64, source: io::Error) -> SourceError {
        let path = self.folder.clone();
        SourceError::Unreadable { action: "read", path, offset, source }
    }

    /// Writes whole blocks into the newest layer; the caller holds the disk alone.
    pub(crate) fn write(&self, runs: &[Run]) -> io::Result<()> {
        self.layers[0].write(runs)
    }
}
