//! What a snapshot has in common with its neighbours: the blocks that deleting it would not free.

use std::{collections::BTreeMap, ops::Range};

use shared::{BLOCKS_PER_CHUNK, ChunkIndex};

use super::{super::changes::Changes, CHUNK_LEVEL, Grid};
use crate::{
    block_map::BlockMap, catalog::SnapshotRow, engine::Engine, error::Error, family::Family,
    store::StoreError, view::View,
};

impl Engine {
    /// How many blocks of each cell the snapshot before the place `end` in its family has in
    /// common with the one before it or the one after it. From level 4 on a chunk counts as a
    /// whole, and only if all its blocks are in common.
    pub(super) async fn in_common(
        &self,
        family: &Family,
        end: usize,
        grid: &Grid,
    ) -> Result<Vec<u64>, Error> {
        let row = |at: Option<usize>| at.and_then(|at| family.rows.get(at));
        let (before, after) = (row(end.checked_sub(2)), row(Some(end)));
        let Some(target) = row(end.checked_sub(1)).filter(|_| before.is_some() || after.is_some())
        else {
            return Ok(vec![0; grid.len()]);
        };
        let mut cells = self.allocated(Some(target), grid).await?;
        let view = self.view(target).await?;
        for (chunk, blocks) in self.alone(&view, before, target, after, &grid.chunks()).await? {
            if grid.level > CHUNK_LEVEL {
                let gone = |cell: usize, _| cells[cell] -= BLOCKS_PER_CHUNK;
                grid.blocks(chunk.0, blocks, gone);
            } else {
                grid.blocks(chunk.0, blocks, |cell, count| cells[cell] -= count);
            }
        }
        Ok(cells)
    }

    /// The non-zero blocks of a snapshot that neither neighbour has, by chunk.
    async fn alone(
        &self,
        view: &View,
        before: Option<&SnapshotRow>,
        target: &SnapshotRow,
        after: Option<&SnapshotRow>,
        window: &Range<u64>,
    ) -> Result<Vec<(ChunkIndex, BlockMap)>, Error> {
        let mut alone = Vec::new();
        let new: Option<BTreeMap<ChunkIndex, BlockMap>> = match before {
            Some(before) => Some(written(&self.changes_between(before, target, window).await?)),
            None => None,
        };
        let Some(after) = after else { return Ok(new.into_iter().flatten().collect()) };
        for chunk in self.changes_between(target, after, window).await?.chunks() {
            let held = match &new {
                Some(new) => new.get(&chunk.index).copied().unwrap_or_default(),
                None => non_zero(view, chunk.index).await?,
            };
            alone.push((chunk.index, held & (chunk.maps.changed | chunk.maps.cleared)));
        }
        alone.retain(|(_, blocks)| !blocks.is_empty());
        Ok(alone)
    }
}

/// The blocks that were written, without those that were cleared.
fn written(changes: &Changes) -> BTreeMap<ChunkIndex, BlockMap> {
    let written = changes.chunks().map(|chunk| (chunk.index, chunk.maps.changed));
    written.filter(|(_, blocks)| !blocks.is_empty()).collect()
}

/// The non-zero blocks of one chunk.
async fn non_zero(view: &View, chunk: ChunkIndex) -> Result<BlockMap, StoreError> {
    let fanout = crate::tree::FANOUT as u64;
    let leaf = view.node_at(0, chunk.0 / fanout).await?;
    let node = view.node_or_empty(leaf, 0).await?;
    view.objects.non_zero(node.child((chunk.0 % fanout) as usize)).await
}
