//! A disk: what snapshots are taken of.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ByteSize, DiskId, Name, Sku};

/// A disk as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The disk's id, which outlives its name.
    pub id: DiskId,
    /// The resource group.
    pub group: Name,
    /// The name, unique within the group.
    pub name: Name,
    /// The region whose pools keep the disk's snapshots.
    pub region: Name,
    /// The disk's size when it was last read.
    pub size_bytes: ByteSize,
    /// Where the disk's bytes are.
    pub source: DiskSource,
    /// The storage tier of the disk itself; never that of its incremental snapshots.
    pub sku: Sku,
    /// Where its snapshots go; `null`: ZRS where the region has zones, else LRS.
    pub snapshot_sku: Option<Sku>,
    /// When the disk was attached.
    pub created_at: Timestamp,
    /// How many snapshots it has.
    pub snapshot_count: u64,
}

/// Where a disk's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiskSource {
    /// A file or block device of somebody else's, read in place.
    Attached {
        /// The absolute path.
        path: String,
        /// The format found when it was attached.
        format: DiskFormat,
    },
}

/// The layout of an image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFormat {
    /// The disk's bytes and nothing else.
    Raw,
}

impl fmt::Display for DiskFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw => f.pad("raw"),
        }
    }
}
