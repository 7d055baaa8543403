//! What turns one snapshot into another: runs of blocks that were changed or cleared.

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Name, SnapshotId};

/// The difference between two snapshots of one disk, from `base` to `target`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Diff {
    /// The side that is given.
    pub base: DiffSide,
    /// The side that is reached.
    pub target: DiffSide,
    /// The unit in which change is told, in bytes: 4096, or 512.
    pub granularity_bytes: u64,
    /// Sum of all changed items' lengths in the window that was asked for, on whatever page.
    pub changed_bytes: u64,
    /// Sum of all cleared items' lengths in it.
    pub cleared_bytes: u64,
    /// Runs in order of their offset; they neither touch (within a kind) nor overlap.
    pub items: Vec<DiffItem>,
    /// The cursor of the next page; `null` on the last.
    #[serde(default)]
    pub next: Option<String>,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffSide {
    /// The snapshot.
    pub id: SnapshotId,
    /// Its name.
    pub name: Name,
    /// The disk's size in it.
    pub size_bytes: ByteSize,
}

/// A run of bytes that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffItem {
    /// Where the run starts on the disk.
    pub offset_bytes: u64,
    /// How long it is; it ends at the larger disk's end at the latest.
    pub length_bytes: u64,
    /// What became of it.
    pub kind: DiffKind,
}

/// What became of a run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// It holds other data in the target.
    Changed,
    /// It is all zeros, or past the end, in the target.
    Cleared,
}
