//! A disk's life in bars: what its snapshots found changed, at the detail that was asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{DiskId, Name, Snapshot, SnapshotId};

/// A disk's timeline between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Timeline {
    /// The disk.
    pub disk_id: DiskId,
    /// The disk's revision that this shows.
    pub revision: u64,
    /// Where it starts.
    #[serde(deserialize_with = "crate::moment::read")]
    pub from: Timestamp,
    /// Where it ends.
    #[serde(deserialize_with = "crate::moment::read")]
    pub to: Timestamp,
    /// Snapshots in it.
    pub snapshot_count: u64,
    /// Bars in order of time, each with one snapshot at least; times without any have none.
    pub bars: Vec<TimelineBar>,
}

/// Neighbouring snapshots drawn as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelineBar {
    /// When the first of them was taken.
    #[serde(deserialize_with = "crate::moment::read")]
    pub from: Timestamp,
    /// When the last of them was taken.
    #[serde(deserialize_with = "crate::moment::read")]
    pub to: Timestamp,
    /// How many they are.
    pub snapshot_count: u64,
    /// Sum of what they found changed.
    pub changed_bytes: u64,
    /// Sum of what they found cleared.
    pub cleared_bytes: u64,
    /// Sum of what they stored.
    pub stored_bytes: u64,
    /// The one that found most changed: what the bar is drawn as.
    pub largest: Snapshot,
}

/// Which snapshots found a range of a disk changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RangeHistory {
    /// Where the range starts on the disk.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
    /// Snapshots that were looked at: all of the disk's in the span, incremental and full.
    pub snapshot_count: u64,
    /// Those that found something changed in the range, oldest first.
    pub items: Vec<RangeChange>,
}

/// What one snapshot found changed in a range, against the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RangeChange {
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// Its name.
    pub name: Name,
    /// When it was taken.
    #[serde(deserialize_with = "crate::moment::read")]
    pub created_at: Timestamp,
    /// Blocks of the range with other data, × 4 KiB.
    pub changed_bytes: u64,
    /// Blocks of the range that became zeros, × 4 KiB.
    pub cleared_bytes: u64,
}
