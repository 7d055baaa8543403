//! What a snapshot is: the object whose presence, without a tombstone, means that it exists.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    ByteSize, Consistency, Digest, DiskFormat, DiskId, Name, Pool, Sku, Snapshot, SnapshotId,
    SnapshotKind, SnapshotSizes, Tags,
};

use crate::hash::ItemId;

/// The facts of a snapshot, as its manifest keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) group: Name,
    pub(crate) name: Name,
    pub(crate) disk_id: DiskId,
    pub(crate) disk_name: Name,
    pub(crate) kind: SnapshotKind,
    pub(crate) pool: Pool,
    pub(crate) base_id: Option<SnapshotId>,
    pub(crate) created_at: Timestamp,
    pub(crate) consistency: Consistency,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    pub(crate) size_bytes: ByteSize,
    /// The tree's root, in hexadecimal; `null`: all zeros.
    pub(crate) root: Option<Digest>,
    /// Commits to size and root.
    pub(crate) digest: Digest,
    pub(crate) allocated_bytes: u64,
    pub(crate) changed_bytes: u64,
    pub(crate) cleared_bytes: u64,
    /// Packs and index segments that the commit wrote, one copy and all copies, in bytes. The
    /// manifest's own length comes on top.
    pub(crate) written_bytes: u64,
    pub(crate) written_all_zones_bytes: u64,
}

impl Manifest {
    pub(crate) fn root(&self) -> Option<ItemId> {
        self.root.map(|root| ItemId(root.0))
    }

    /// The snapshot as the API shows it, given the length of its manifest.
    pub(crate) fn snapshot(&self, manifest_bytes: u64) -> Snapshot {
        let copies = self.pool.sku.copies() as u64;
        Snapshot {
            id: self.snapshot_id,
            group: self.group.clone(),
            name: self.name.clone(),
            disk_id: self.disk_id,
            disk_name: self.disk_name.clone(),
            kind: self.kind,
            region: self.pool.region.clone(),
            sku: self.pool.sku,
            base_id: self.base_id,
            created_at: self.created_at,
            consistency: self.consistency,
            tags: self.tags.clone(),
            digest: self.digest,
            sizes: SnapshotSizes {
                provisioned: self.size_bytes,
                allocated: self.allocated_bytes,
                changed: self.changed_bytes,
                cleared: self.cleared_bytes,
                stored: self.written_bytes + manifest_bytes,
                stored_all_zones: self.written_all_zones_bytes + copies * manifest_bytes,
            },
            exclusive_bytes: None,
            freeable_bytes: None,
        }
    }
}

/// That a snapshot is no more: beats its manifest, wherever either is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tombstone {
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) deleted_at: Timestamp,
}

/// What is known of a disk; the highest version counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DiskRecord {
    pub(crate) disk_id: DiskId,
    pub(crate) version: u64,
    /// Whether the disk was detached; then only its snapshots are left.
    pub(crate) detached: bool,
    pub(crate) group: Name,
    pub(crate) name: Name,
    pub(crate) region: Name,
    pub(crate) size_bytes: ByteSize,
    pub(crate) source: RecordSource,
    pub(crate) sku: Sku,
    pub(crate) snapshot_sku: Option<Sku>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    pub(crate) created_at: Timestamp,
}

/// Where a disk's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum RecordSource {
    /// A file or block device of somebody else's.
    Attached { path: String, format: DiskFormat },
    /// The disk's folder in the data directory, over what it was made from.
    Managed { origin: Option<SnapshotId> },
}
