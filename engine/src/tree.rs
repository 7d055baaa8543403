//! The tree that a snapshot is: 512 children a node, fixed places, nodes named by content.
//!
//! Level 0 nodes hold chunk ids; a tree of three levels spans 32 TiB, one of four 16 PiB. What is
//! absent is zero, so equal disks of one height have equal roots, however they came about.

use shared::{ByteSize, CHUNK_BYTES};

use crate::{block_map::BlockMap, hash::ItemId};

/// Children of a node.
pub(crate) const FANOUT: usize = 512;

/// Levels of the smallest tree: 512³ chunks are 32 TiB, so growing a disk seldom adds a level.
const MIN_HEIGHT: u8 = 3;

/// A node: the ids of up to 512 children, each at its slot.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// 0: the children are chunks.
    pub(crate) level: u8,
    slots: Box<[Option<ItemId>]>,
}

/// A slot in which a node differs from the base of its patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) slot: u16,
    /// The child now.
    pub(crate) child: Option<ItemId>,
    /// In leaf nodes: where the chunk differs, if that is known.
    pub(crate) maps: Option<RowMaps>,
}

/// Where a chunk differs from an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RowMaps {
    /// Blocks that hold other data.
    pub(crate) changed: BlockMap,
    /// Blocks that became zeros.
    pub(crate) cleared: BlockMap,
}

impl Node {
    /// A node without children.
    pub(crate) fn empty(level: u8) -> Self {
        Self { level, slots: vec![None; FANOUT].into_boxed_slice() }
    }

    pub(crate) fn child(&self, slot: usize) -> Option<ItemId> {
        self.slots[slot]
    }

    pub(crate) fn set(&mut self, slot: usize, child: Option<ItemId>) {
        self.slots[slot] = child;
    }

    /// The children that are there, with their slots, in order.
    pub(crate) fn children(&self) -> impl Iterator<Item = (usize, ItemId)> + '_ {
        self.slots.iter().enumerate().filter_map(|(slot, child)| Some((slot, (*child)?)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// Makes the node what its patch says.
    pub(crate) fn apply(&mut self, rows: &[Row]) {
        for row in rows {
            self.set(usize::from(row.slot), row.child);
        }
    }

    /// The slots in which `self` differs from `base`, without maps.
    pub(crate) fn rows_since(&self, base: &Self) -> Vec<Row> {
        let differing = (0..FANOUT).filter(|&slot| self.slots[slot] != base.slots[slot]);
        differing
            .map(|slot| Row { slot: slot as u16, child: self.slots[slot], maps: None })
            .collect()
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("level", &self.level).finish_non_exhaustive()
    }
}

/// How many levels the tree of a disk of this size has.
pub(crate) fn height(size: ByteSize) -> u8 {
    let mut height = MIN_HEIGHT;
    while span(height) < size.bytes() {
        height += 1;
    }
    height
}

/// Bytes of disk below one node of the level `level`, or below a whole tree of that height − 1.
fn span(levels: u8) -> u64 {
    CHUNK_BYTES << (9 * u32::from(levels))
}

/// Chunks below one node of the level.
pub(crate) const fn chunks_below(level: u8) -> u64 {
    1 << (9 * (level as u32 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_levels_span_32_tib() {
        let size = |bytes| ByteSize::new(bytes).unwrap();
        assert_eq!(height(size(512)), 3);
        assert_eq!(height(size(32 << 40)), 3);
        assert_eq!(height(size((32 << 40) + 512)), 4);
        assert_eq!(height(ByteSize::MAX), 4);
        assert_eq!(chunks_below(0), 512);
    }

    #[test]
    fn a_patch_makes_its_base_the_node() {
        let mut base = Node::empty(0);
        base.set(3, Some(ItemId([3; 32])));
        base.set(4, Some(ItemId([4; 32])));
        let mut node = base.clone();
        node.set(3, None);
        node.set(511, Some(ItemId([9; 32])));
        let rows = node.rows_since(&base);
        assert_eq!(rows.len(), 2);
        base.apply(&rows);
        assert_eq!(base, node);
    }
}
