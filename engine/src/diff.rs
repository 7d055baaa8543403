//! What differs between two trees: only where their node ids differ is anything looked at.

use std::ops::ControlFlow;

use shared::ChunkIndex;

use crate::{
    block_map::BlockMap,
    hash::ItemId,
    store::StoreError,
    tree::{FANOUT, Row, RowMaps, chunks_below},
    view::View,
};

/// A chunk that differs between two trees, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkDiff {
    pub(crate) index: ChunkIndex,
    pub(crate) maps: RowMaps,
}

/// A pair of subtrees at one place.
struct Pair {
    /// Level of the nodes.
    level: u8,
    /// Place among the nodes of the level.
    index: u64,
    base: Option<ItemId>,
    target: Option<ItemId>,
}

/// Tells every chunk that differs, in order of its place, until `each` breaks off.
pub(crate) async fn diff(
    base: &View,
    target: &View,
    mut each: impl FnMut(ChunkDiff) -> ControlFlow<()> + Send,
) -> Result<(), StoreError> {
    // Of two trees the lower one is the first child of what would be its new top.
    let height = base.height().max(target.height());
    let mut stack = tops(base, target, height).await?;
    while let Some(Pair { level, index, base: old, target: new }) = stack.pop() {
        if old == new {
            continue;
        }
        if level == 0 {
            for chunk in leaf_diff(base, target, index, old, new).await? {
                if each(chunk).is_break() {
                    return Ok(());
                }
            }
            continue;
        }
        let old = base.node_or_empty(old, level).await?;
        let new = target.node_or_empty(new, level).await?;
        // Pushed last to first, so that they are taken first to last.
        stack.extend((0..FANOUT).rev().map(|slot| Pair {
            level: level - 1,
            index: index * FANOUT as u64 + slot as u64,
            base: old.child(slot),
            target: new.child(slot),
        }));
    }
    Ok(())
}

/// The pairs that the walk starts from, last to first: the two roots, or, where one tree is
/// higher, its top's children, of which the first is paired with the other's root.
async fn tops(base: &View, target: &View, height: u8) -> Result<Vec<Pair>, StoreError> {
    let lower = base.height().min(target.height());
    let slots = if lower == height { 1 } else { FANOUT as u64 };
    let level = lower - 1;
    let mut pairs = Vec::new();
    for index in (0..slots).rev() {
        let base = base.node_at(level, index).await?;
        let target = target.node_at(level, index).await?;
        pairs.push(Pair { level, index, base, target });
    }
    Ok(pairs)
}

/// The chunks that differ between two leaf nodes.
async fn leaf_diff(
    base: &View,
    target: &View,
    index: u64,
    old: Option<ItemId>,
    new: Option<ItemId>,
) -> Result<Vec<ChunkDiff>, StoreError> {
    let first = index * chunks_below(0);
    let mut found = Vec::new();
    let patch = match new {
        Some(id) => target.objects.node_rows(id).await?,
        None => None,
    };
    // A patch against the base lists what differs; its maps are exact.
    let rows = match (patch, old) {
        (Some((of, rows)), Some(id)) if of == id.prefix() => rows,
        _ => {
            let target_node = target.node_or_empty(new, 0).await?;
            target_node.rows_since(base.node_or_empty(old, 0).await?.as_ref())
        }
    };
    let mut base_node = None;
    for Row { slot, child, maps } in rows {
        let maps = if let Some(maps) = maps {
            maps
        } else {
            if base_node.is_none() {
                base_node = Some(base.node_or_empty(old, 0).await?);
            }
            let was = base_node.as_ref().and_then(|node| node.child(usize::from(slot)));
            chunk_diff(base, target, was, child).await?
        };
        if maps != RowMaps::default() {
            let index = ChunkIndex(first + u64::from(slot));
            found.push(ChunkDiff { index, maps });
        }
    }
    Ok(found)
}

/// Where two chunks differ, by their outboards.
async fn chunk_diff(
    base: &View,
    target: &View,
    old: Option<ItemId>,
    new: Option<ItemId>,
) -> Result<RowMaps, StoreError> {
    let is = target.objects.non_zero(new).await?;
    let differing = match (old, new) {
        (Some(old), Some(new)) => {
            let old = base.objects.outboard(old).await?;
            BlockMap::differing(&old, &target.objects.outboard(new).await?)
        }
        (Some(old), None) => base.objects.non_zero(Some(old)).await?,
        (None, Some(_)) => is,
        (None, None) => BlockMap::EMPTY,
    };
    Ok(RowMaps { changed: differing & is, cleared: differing - is })
}
