//! What differs between two trees: only where their node ids differ is anything looked at.

use std::ops::{ControlFlow, Range};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    /// Level of the nodes.
    level: u8,
    /// Place among the nodes of the level.
    index: u64,
    pub(crate) base: Option<ItemId>,
    pub(crate) target: Option<ItemId>,
}

impl Pair {
    /// The chunks below it.
    pub(crate) fn chunks(&self) -> Range<u64> {
        let below = chunks_below(self.level);
        self.index * below..(self.index + 1) * below
    }
}

/// Tells every chunk that differs, in order of its place, until `each` breaks off.
pub(crate) async fn diff(
    base: &View,
    target: &View,
    each: impl FnMut(ChunkDiff) -> ControlFlow<()> + Send,
) -> Result<(), StoreError> {
    diff_within(base, target, &(0..u64::MAX), each).await
}

/// The same for some chunks only; what lies outside is not read.
pub(crate) async fn diff_within(
    base: &View,
    target: &View,
    window: &Range<u64>,
    each: impl FnMut(ChunkDiff) -> ControlFlow<()> + Send,
) -> Result<(), StoreError> {
    let tops = tops(base, target).await?;
    walk(base, target, tops, window, each).await
}

/// The pairs of a level's nodes that differ, in order of their place.
pub(crate) async fn pairs_at(
    base: &View,
    target: &View,
    level: u8,
) -> Result<Vec<Pair>, StoreError> {
    let mut found = Vec::new();
    let mut stack = tops(base, target).await?;
    while let Some(pair) = stack.pop() {
        if pair.base == pair.target {
        } else if pair.level == level {
            found.push(pair);
        } else {
            stack.extend(children(base, target, &pair).await?);
        }
    }
    Ok(found)
}

/// Every chunk that differs below a pair.
pub(crate) async fn diff_below(
    base: &View,
    target: &View,
    pair: Pair,
) -> Result<Vec<ChunkDiff>, StoreError> {
    let mut found = Vec::new();
    walk(base, target, vec![pair], &pair.chunks(), |chunk| {
        found.push(chunk);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(found)
}

/// Takes pairs off a stack, and puts their children on it.
async fn walk(
    base: &View,
    target: &View,
    mut stack: Vec<Pair>,
    window: &Range<u64>,
    mut each: impl FnMut(ChunkDiff) -> ControlFlow<()> + Send,
) -> Result<(), StoreError> {
    while let Some(pair) = stack.pop() {
        let Range { start, end } = pair.chunks();
        if pair.base == pair.target || end <= window.start || window.end <= start {
            continue;
        }
        if pair.level > 0 {
            stack.extend(children(base, target, &pair).await?);
            continue;
        }
        for chunk in leaf_diff(base, target, &pair, window).await? {
            if each(chunk).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The pairs that the walk starts from, last to first: the two roots, or, where one tree is
/// higher, its top's children, of which the first is paired with the other's root.
async fn tops(base: &View, target: &View) -> Result<Vec<Pair>, StoreError> {
    // Of two trees the lower one is the first child of what would be its new top.
    let lower = base.height().min(target.height());
    let slots = if base.height() == target.height() { 1 } else { FANOUT as u64 };
    let level = lower - 1;
    let mut pairs = Vec::new();
    for index in (0..slots).rev() {
        let base = base.node_at(level, index).await?;
        let target = target.node_at(level, index).await?;
        pairs.push(Pair { level, index, base, target });
    }
    Ok(pairs)
}

/// The pairs below a pair, last to first, so that a stack gives them first to last.
async fn children(
    base: &View,
    target: &View,
    pair: &Pair,
) -> Result<impl Iterator<Item = Pair>, StoreError> {
    let old = base.node_or_empty(pair.base, pair.level).await?;
    let new = target.node_or_empty(pair.target, pair.level).await?;
    let (level, first) = (pair.level - 1, pair.index * FANOUT as u64);
    Ok((0..FANOUT).rev().map(move |slot| Pair {
        level,
        index: first + slot as u64,
        base: old.child(slot),
        target: new.child(slot),
    }))
}

/// The chunks that differ between two leaf nodes.
async fn leaf_diff(
    base: &View,
    target: &View,
    pair: &Pair,
    window: &Range<u64>,
) -> Result<Vec<ChunkDiff>, StoreError> {
    let first = pair.chunks().start;
    let (old, new) = (pair.base, pair.target);
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
        let index = ChunkIndex(first + u64::from(slot));
        if !window.contains(&index.0) {
            continue;
        }
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
