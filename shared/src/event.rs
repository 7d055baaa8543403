//! What the event stream tells: `event:` is the kind, `data:` the thing as it is now.

use serde::{Deserialize, Serialize};

use crate::{Disk, DiskId, Job, Snapshot, SnapshotId};

/// One event of `GET events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// A job was asked for, went on or ended.
    Job(Job),
    /// A snapshot was taken.
    Snapshot(Snapshot),
    /// A snapshot was deleted.
    SnapshotDeleted {
        /// The snapshot.
        id: SnapshotId,
        /// Its disk.
        disk_id: DiskId,
    },
    /// A disk was attached, made or changed.
    Disk(Disk),
    /// A disk was let go.
    DiskDetached {
        /// The disk.
        id: DiskId,
    },
    /// Events were missed: what is shown must be asked for again.
    Resync,
}

impl Event {
    /// The kind, as the stream's `event:` line spells it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Job(_) => "job",
            Self::Snapshot(_) => "snapshot",
            Self::SnapshotDeleted { .. } => "snapshot_deleted",
            Self::Disk(_) => "disk",
            Self::DiskDetached { .. } => "disk_detached",
            Self::Resync => "resync",
        }
    }
}
