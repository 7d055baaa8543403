//! A disk: what snapshots are taken of.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ByteSize, DiskId, Name, Sku, SnapshotId, Tags};

/// A disk as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disk {
    /// The disk's id, which outlives its name.
    pub id: DiskId,
    /// The resource group.
    pub group: Name,
    /// The name, unique within the group.
    pub name: Name,
    /// The region whose pools keep the disk's snapshots.
    pub region: Name,
    /// The disk's size; of an attached one, when it was last read.
    pub size_bytes: ByteSize,
    /// Where the disk's bytes are.
    pub source: DiskSource,
    /// The storage tier of the disk itself; never that of its incremental snapshots.
    pub sku: Sku,
    /// Where its snapshots go; `null`: ZRS where the region has zones, else LRS.
    pub snapshot_sku: Option<Sku>,
    /// What people call it by.
    #[serde(default)]
    pub tags: Tags,
    /// When the disk was attached or made.
    #[serde(deserialize_with = "crate::moment::read")]
    pub created_at: Timestamp,
    /// How many snapshots it has.
    pub snapshot_count: u64,
    /// When the newest of them was taken.
    #[serde(default, deserialize_with = "crate::moment::read_or_null")]
    pub last_snapshot_at: Option<Timestamp>,
    /// Raised by every snapshot of the disk and every deletion of one: the `v` of its heatmaps.
    pub revision: u64,
}

/// Where a disk's bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiskSource {
    /// A file or block device of somebody else's, read in place.
    Attached {
        /// The absolute path.
        path: String,
        /// The format found when it was attached.
        format: DiskFormat,
    },
    /// Kept by Skikt: a base that it shares with snapshots, and the blocks written since.
    Managed {
        /// The snapshot it was made from; `null`: it was made empty.
        origin: Option<SnapshotId>,
        /// Blocks written since its last snapshot, × 4 KiB.
        dirty_bytes: u64,
    },
}

/// The layout of an image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiskFormat {
    /// The disk's bytes and nothing else.
    Raw,
    /// Virtual Hard Disk: fixed, dynamic or differencing.
    Vhd,
    /// Hyper-V's second format.
    Vhdx,
    /// QEMU's format.
    Qcow2,
    /// `VMware`'s format.
    Vmdk,
}

impl fmt::Display for DiskFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Raw => "raw",
            Self::Vhd => "VHD",
            Self::Vhdx => "VHDX",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "VMDK",
        })
    }
}

/// What a new disk is to be: the body of `POST disks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDisk {
    /// The name, unique within the group.
    pub name: Name,
    /// The resource group; `default` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Name>,
    /// The disk's own storage tier; `Standard_LRS` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Where its snapshots go; left out: ZRS where the region has zones, else LRS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_sku: Option<Sku>,
    /// What people call it by.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Where its bytes come from.
    pub source: NewDiskSource,
}

/// Where a new disk's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewDiskSource {
    /// An image file or block device, read in place from now on.
    Attached {
        /// Its path, below one of the server's image roots.
        path: String,
    },
    /// Nothing: a managed disk of zeros.
    Empty {
        /// Its size.
        size_bytes: ByteSize,
    },
    /// A snapshot, whose bytes a managed disk shares.
    Snapshot {
        /// The snapshot: `NAME`, `GROUP/NAME` or id.
        snapshot: String,
        /// The disk's size, if it is to be larger than the snapshot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size_bytes: Option<ByteSize>,
        /// Writes a plain image to this new path, below an image root, and attaches that instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_file: Option<String>,
    },
}

/// What of a disk is to change: the body of `PATCH disks/{id}`. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DiskPatch {
    /// A larger size; of managed disks only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<ByteSize>,
    /// All of the disk's tags from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// The disk's own storage tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Where its snapshots go from now on; `null`: ZRS where the region has zones, else LRS.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Sku>))]
    #[serde(default, with = "crate::present", skip_serializing_if = "Option::is_none")]
    pub snapshot_sku: Option<Option<Sku>>,
}

/// A file below an image root: one that is, or could be, attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageFile {
    /// The absolute path.
    pub path: String,
    /// How long the file is.
    pub size_bytes: u64,
    /// The format that its bytes tell of; `null`: it cannot be attached.
    pub format: Option<DiskFormat>,
    /// The size of the disk in it; `null`: it cannot be attached.
    pub disk_size_bytes: Option<ByteSize>,
    /// When it was last written to.
    #[serde(deserialize_with = "crate::moment::read")]
    pub modified_at: Timestamp,
    /// The disk that it is attached as.
    pub disk_id: Option<DiskId>,
    /// Why it cannot be attached; `null`: it can.
    pub problem: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tells_null_from_absent() {
        let patch: DiskPatch = serde_json::from_str(r#"{"snapshot_sku": null}"#).unwrap();
        assert_eq!(patch.snapshot_sku, Some(None));
        let patch: DiskPatch = serde_json::from_str("{}").unwrap();
        assert_eq!(patch.snapshot_sku, None);
        assert_eq!(serde_json::to_string(&patch).unwrap(), "{}");
    }

    #[test]
    fn a_request_with_an_unknown_field_is_refused() {
        let read = |text| serde_json::from_str::<NewDisk>(text);
        assert!(read(r#"{"name": "a", "source": {"kind": "empty", "size_bytes": 512}}"#).is_ok());
        for wrong in [
            r#"{"name": "a", "source": {"kind": "empty", "size_bytes": 512, "sise": 1}}"#,
            r#"{"name": "a", "nmae": 1, "source": {"kind": "empty", "size_bytes": 512}}"#,
            r#"{"name": "a", "source": {"kind": "empty", "size_bytes": 511}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
