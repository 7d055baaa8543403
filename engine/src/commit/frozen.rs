//! Scans a managed disk that is frozen: only where it differs from its base, or its base from the
//! snapshot's, is anything read; of most chunks only the blocks that were written.

use std::{ops::Range, sync::Arc};

use shared::{BLOCK_BYTES, ByteSize, CHUNK_BYTES, ChunkIndex};

use super::{
    encode::is_worth_a_patch,
    scan::{ToScan, WINDOW_CHUNKS},
    scanner::Scanner,
};
use crate::{
    block_map::BlockMap,
    error::Error,
    hash::{self, CHUNK, ItemId, Outboard},
    managed::{Base, Chunks, LeafMap, Stack, chunks_named},
    objects::Objects,
    source::{BlockSource, SourceError},
    store::StoreError,
    tree::FANOUT,
    view::View,
};

/// A managed disk at one moment.
#[derive(Debug)]
pub(crate) struct Frozen {
    pub(crate) size: ByteSize,
    pub(crate) stack: Arc<Stack>,
    pub(crate) base: Option<Base>,
    /// The base's tree.
    pub(crate) below: Option<View>,
}

/// A chunk that may differ from the snapshot's base.
struct Differing {
    index: ChunkIndex,
    /// Its id in the snapshot's base.
    old: Option<ItemId>,
    /// Its id in the disk's.
    below: Option<ItemId>,
    /// Blocks that were written over it.
    written: BlockMap,
}

impl Frozen {
    /// Sends every chunk that differs from the snapshot's base.
    pub(super) async fn scan(&self, base: &View, scanner: &mut Scanner<'_>) -> Result<(), Error> {
        let none = View { objects: Arc::clone(&base.objects), size: self.size, root: None };
        let below = self.below.as_ref().unwrap_or(&none);
        // Equal roots, equal trees: then only what was written can differ.
        let same = below.root == base.root;
        let mut written = self.next_written(0)?;
        let mut in_base = if same { None } else { base.next_leaf(0).await? };
        let mut in_below = if same { None } else { below.next_leaf(0).await? };
        let mut window = Vec::new();
        loop {
            let places = [
                written.as_ref().map(|(leaf, _)| *leaf),
                in_base.map(|(leaf, _)| leaf),
                in_below.map(|(leaf, _)| leaf),
            ];
            let Some(leaf) = places.into_iter().flatten().min() else { break };
            let maps = written.as_ref().filter(|(at, _)| *at == leaf).map(|(_, maps)| maps);
            let old = base.node_or_empty(base.node_at(0, leaf).await?, 0).await?;
            let now = below.node_or_empty(below.node_at(0, leaf).await?, 0).await?;
            for slot in 0..FANOUT {
                let written = maps.map_or(BlockMap::EMPTY, |maps| maps[slot]);
                let (old, below_id) = (old.child(slot), now.child(slot));
                if written.is_empty() && old == below_id {
                    continue;
                }
                let index = ChunkIndex(leaf * FANOUT as u64 + slot as u64);
                window.push(Differing { index, old, below: below_id, written });
                if window.len() == WINDOW_CHUNKS
                    && !self.send(below, std::mem::take(&mut window), scanner).await?
                {
                    return Ok(());
                }
            }
            if written.as_ref().is_some_and(|(at, _)| *at == leaf) {
                written = self.next_written(leaf + 1)?;
            }
            if in_base.is_some_and(|(at, _)| at == leaf) {
                in_base = base.next_leaf(leaf + 1).await?;
            }
            if in_below.is_some_and(|(at, _)| at == leaf) {
                in_below = below.next_leaf(leaf + 1).await?;
            }
        }
        self.send(below, window, scanner).await?;
        scanner.done();
        Ok(())
    }

    /// Fetches what lies below a window's chunks, and scans them.
    async fn send(
        &self,
        below: &View,
        window: Vec<Differing>,
        scanner: &mut Scanner<'_>,
    ) -> Result<bool, Error> {
        if window.is_empty() {
            return Ok(true);
        }
        let mut named = Vec::new();
        let mut to_scan = Vec::with_capacity(window.len());
        for chunk in &window {
            let known = known(&below.objects, chunk).await?;
            if known.is_none() && chunk.written != BlockMap::ALL {
                named.extend(chunk.below.map(|id| (chunk.index, id)));
            }
            let all = known.is_none() && chunk.below.is_some();
            let data = self.data(chunk.index, if all { BlockMap::ALL } else { chunk.written });
            to_scan.push(ToScan { index: chunk.index, old: chunk.old, data, known });
        }
        let chunks = chunks_named(&below.objects, &named).await?;
        let stack = Arc::clone(&self.stack);
        scanner.window(Arc::new(Through { stack, chunks, size: self.size }), to_scan).await
    }

    /// Where some blocks of a chunk lie on the disk.
    fn data(&self, chunk: ChunkIndex, blocks: BlockMap) -> Vec<Range<u64>> {
        let end = self.size.bytes();
        let at = chunk.offset_bytes();
        let place = |block: u32| end.min(at + u64::from(block) * BLOCK_BYTES);
        let runs = blocks.runs().map(|run| place(run.start)..place(run.end));
        runs.filter(|run| !run.is_empty()).collect()
    }

    fn next_written(&self, from: u64) -> Result<Option<(u64, LeafMap)>, SourceError> {
        let offset = from * FANOUT as u64 * CHUNK_BYTES;
        self.stack.next_leaf(from).map_err(|error| self.stack.unreadable(offset, error))
    }
}

/// The chaining values of the base's chunk, where nothing else of it is needed: it is the one that
/// lies below what was written, and a patch of it will be stored.
async fn known(objects: &Objects, chunk: &Differing) -> Result<Option<Box<Outboard>>, StoreError> {
    let written = chunk.written;
    let Some(id) = chunk.below.filter(|_| chunk.old == chunk.below && !written.is_empty()) else {
        return Ok(None);
    };
    if !is_worth_a_patch(written, BlockMap::ALL) {
        return Ok(None);
    }
    match objects.outboard(id).await {
        Ok(values) => {
            let kept = hash::non_zero_values(&values) - written;
            Ok(is_worth_a_patch(written, kept).then(|| Box::new(values)))
        }
        // Read whole, it is told by its place.
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Some chunks of a managed disk, read through its layers.
#[derive(Debug)]
struct Through {
    stack: Arc<Stack>,
    /// What lies below; what is not there is zeros.
    chunks: Chunks,
    size: ByteSize,
}

impl BlockSource for Through {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn next_data(&self, from: u64) -> Result<Option<Range<u64>>, SourceError> {
        Ok((from < self.size.bytes()).then(|| from..self.size.bytes()))
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let index = ChunkIndex::containing(offset);
        let from = (offset - index.offset_bytes()) as usize;
        debug_assert!(from + bytes.len() <= CHUNK, "a chunk is read at a time");
        match self.chunks.get(&index) {
            Some(chunk) => bytes.copy_from_slice(&chunk[from..from + bytes.len()]),
            None => bytes.fill(0),
        }
        let filled = self.stack.fill(offset, bytes);
        filled.map(drop).map_err(|error| self.stack.unreadable(offset, error))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
