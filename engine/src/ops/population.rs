//! What a snapshot holds: its non-zero blocks, or, of large parts of a disk, the chunks that are
//! there at all.

use std::{ops::Range, sync::Arc};

use crate::{
    block_map::BlockMap,
    engine::Engine,
    error::Error,
    hash::ItemId,
    insight::{LeafBlocks, Presence},
    store::StoreError,
    tree::{FANOUT, chunks_below},
    view::View,
};

/// Sets of 64 chunks below a leaf node.
const SETS: usize = FANOUT / 64;

impl Engine {
    /// Tells the non-zero blocks of every chunk of a window that has any.
    pub(crate) async fn blocks_in(
        &self,
        view: &View,
        window: &Range<u64>,
        mut each: impl FnMut(u64, BlockMap) + Send,
    ) -> Result<(), Error> {
        let mut from = window.start / chunks_below(0);
        while let Some((leaf, id)) = view.next_leaf(from).await? {
            let first = leaf * chunks_below(0);
            if first >= window.end {
                break;
            }
            for &(slot, blocks) in self.leaf_blocks(view, id).await?.iter() {
                let chunk = first + u64::from(slot);
                if window.contains(&chunk) {
                    each(chunk, blocks);
                }
            }
            from = leaf + 1;
        }
        Ok(())
    }

    /// Tells which chunks of a window are there, in sets of 64: the set's number, and its chunks.
    /// The window starts and ends between two sets, or past the disk's end.
    pub(crate) async fn chunks_in(
        &self,
        view: &View,
        window: &Range<u64>,
        mut each: impl FnMut(u64, BlockMap) + Send,
    ) -> Result<(), Error> {
        let parts = window.start / chunks_below(1)..window.end.div_ceil(chunks_below(1));
        for part in parts {
            let Some(id) = view.node_at(1, part).await? else { continue };
            for (leaf, sets) in self.presence(view, id).await?.iter() {
                let first = (part * FANOUT as u64 + u64::from(*leaf)) * SETS as u64;
                for (set, &chunks) in (first..).zip(sets) {
                    if !chunks.is_empty() && window.contains(&(set * 64)) {
                        each(set, chunks);
                    }
                }
            }
        }
        Ok(())
    }

    async fn leaf_blocks(&self, view: &View, id: ItemId) -> Result<LeafBlocks, StoreError> {
        if let Some(found) = self.insight.leaves.get(&id) {
            return Ok(found);
        }
        let node = view.objects.node(id).await?;
        let mut blocks = Vec::new();
        for (slot, chunk) in node.children() {
            blocks.push((slot as u16, view.objects.non_zero(Some(chunk)).await?));
        }
        let blocks: LeafBlocks = blocks.into();
        self.insight.leaves.insert(id, Arc::clone(&blocks), size_of_val(blocks.as_ref()) + 64);
        Ok(blocks)
    }

    async fn presence(&self, view: &View, id: ItemId) -> Result<Presence, StoreError> {
        if let Some(found) = self.insight.presence.get(&id) {
            return Ok(found);
        }
        let mut presence = Vec::new();
        for (leaf, id) in view.objects.node(id).await?.children() {
            let mut sets = [BlockMap::EMPTY; SETS];
            for (slot, _) in view.objects.node(id).await?.children() {
                sets[slot / 64] = sets[slot / 64] | BlockMap(1 << (slot % 64));
            }
            presence.push((leaf as u16, sets));
        }
        let presence: Presence = presence.into();
        let bytes = size_of_val(presence.as_ref()) + 64;
        self.insight.presence.insert(id, Arc::clone(&presence), bytes);
        Ok(presence)
    }
}
