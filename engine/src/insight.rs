//! What was computed to be shown, and is likely to be asked for again.
//!
//! All keys are names by content or ids of what never changes, so nothing here grows stale.

use std::{collections::BTreeMap, sync::Arc};

use shared::{Digest, DiskId, ExportFormat, Sku};

use crate::{
    block_map::BlockMap,
    cache::Cache,
    diff::{ChunkDiff, Pair},
    family::Family,
    hash::ItemId,
    image::Layout,
};

const FAMILY_BYTES: usize = 32 << 20;
const PAIR_BYTES: usize = 16 << 20;
const LIST_BYTES: usize = 64 << 20;
const LEAF_BYTES: usize = 16 << 20;
const PRESENCE_BYTES: usize = 32 << 20;
const COST_BYTES: usize = 1 << 20;
/// More than the largest disk in sight takes: 32 TiB, full, as qcow2.
const LAYOUT_BYTES: usize = 64 << 20;

/// A tree: its root, and the levels it has.
pub(crate) type Tree = (Option<ItemId>, u8);

/// The non-zero blocks of a leaf node's chunks, by slot.
pub(crate) type LeafBlocks = Arc<[(u16, BlockMap)]>;

/// The chunks that are there below a node of level 1, by leaf: eight sets of 64.
pub(crate) type Presence = Arc<[(u16, [BlockMap; 8])]>;

/// Stored bytes by disk and storage.
pub(crate) type StoredBytes = BTreeMap<(DiskId, Sku), u64>;

/// The caches of an engine.
#[derive(Debug)]
pub(crate) struct Insight {
    /// Disks with their snapshots, by revision.
    pub(crate) families: Cache<(DiskId, u64), Arc<Family>>,
    /// The pairs of nodes above 64 GiB in which two trees differ.
    pub(crate) pairs: Cache<(Tree, Tree), Arc<[Pair]>>,
    /// The chunks that differ below such a pair.
    pub(crate) lists: Cache<Pair, Arc<[ChunkDiff]>>,
    /// What the chunks below a leaf node hold.
    pub(crate) leaves: Cache<ItemId, LeafBlocks>,
    /// Which chunks are there below a node of level 1.
    pub(crate) presence: Cache<ItemId, Presence>,
    /// What each disk's snapshots need, by a name of the snapshots and segments there are.
    pub(crate) stored: Cache<[u8; 16], Arc<StoredBytes>>,
    /// What the image files of snapshots are, for those who read them range by range.
    pub(crate) layouts: Cache<(Digest, ExportFormat), Arc<Layout>>,
}

impl Default for Insight {
    fn default() -> Self {
        Self {
            families: Cache::new(FAMILY_BYTES),
            pairs: Cache::new(PAIR_BYTES),
            lists: Cache::new(LIST_BYTES),
            leaves: Cache::new(LEAF_BYTES),
            presence: Cache::new(PRESENCE_BYTES),
            stored: Cache::new(COST_BYTES),
            layouts: Cache::new(LAYOUT_BYTES),
        }
    }
}
