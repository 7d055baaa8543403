//! A snapshot: a disk as it was at one moment, and what keeping it takes.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ByteSize, DiskId, Name, Sku, SnapshotId, Tags};

/// A snapshot as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snapshot {
    /// The snapshot's id.
    pub id: SnapshotId,
    /// The resource group.
    pub group: Name,
    /// The name, unique within the group.
    pub name: Name,
    /// The disk it was taken of.
    pub disk_id: DiskId,
    /// That disk's name when the snapshot was taken.
    pub disk_name: Name,
    /// Whether it shares stored bytes with others.
    pub kind: SnapshotKind,
    /// The region that keeps it.
    pub region: Name,
    /// The storage it is kept on.
    pub sku: Sku,
    /// The snapshot that it stores the changes since; `null` when it stands alone.
    pub base_id: Option<SnapshotId>,
    /// When it was taken.
    #[serde(deserialize_with = "crate::moment::read")]
    pub created_at: Timestamp,
    /// Whether the disk stood still while it was read.
    pub consistency: Consistency,
    /// What people call it by.
    #[serde(default)]
    pub tags: Tags,
    /// Commits to every byte of the disk, and to its size.
    pub digest: Digest,
    /// What it holds and what it cost to store.
    #[serde(flatten)]
    pub sizes: SnapshotSizes,
    /// Stored bytes that no other live snapshot of its pool needs. In answers about one snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive_bytes: Option<u64>,
    /// Bytes that deleting it and collecting garbage returns. In answers about one snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeable_bytes: Option<u64>,
}

/// What a new snapshot is to be: the body of `POST disks/{id}/snapshots`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewSnapshot {
    /// The name, unique within the disk's group; left out: the disk's name and the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Whether it may share stored bytes.
    pub kind: SnapshotKind,
    /// Where it is kept; left out: where the disk's snapshots go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// What people call it by.
    #[serde(skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Goes on when an attached disk changes while it is read; the snapshot is then `fuzzy`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_changing: bool,
}

/// Some snapshots: the body of `POST snapshots/freeable`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SnapshotSet {
    /// Each by `NAME`, `GROUP/NAME` or id.
    pub snapshots: Vec<String>,
}

/// What deleting some snapshots would give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freeable {
    /// Stored bytes that no other live snapshot of their pools needs.
    pub exclusive_bytes: u64,
    /// Bytes that deleting all of them and collecting garbage returns.
    pub freeable_bytes: u64,
}

/// The sizes of a snapshot that never change, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SnapshotSizes {
    /// The disk's size.
    #[serde(rename = "provisioned_bytes")]
    pub provisioned: ByteSize,
    /// Blocks that are not all zeros, × 4 KiB.
    #[serde(rename = "allocated_bytes")]
    pub allocated: u64,
    /// Blocks written with other data since the disk's previous snapshot, × 4 KiB.
    #[serde(rename = "changed_bytes")]
    pub changed: u64,
    /// Blocks that became all zeros since the disk's previous snapshot, × 4 KiB.
    #[serde(rename = "cleared_bytes")]
    pub cleared: u64,
    /// What its commit added to a zone's store, metadata included.
    #[serde(rename = "stored_bytes")]
    pub stored: u64,
    /// The same, summed over all zones.
    #[serde(rename = "stored_all_zones_bytes")]
    pub stored_all_zones: u64,
}

/// Whether a snapshot shares stored bytes with others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SnapshotKind {
    /// Stores only what its pool does not have yet.
    #[default]
    Incremental,
    /// Stands alone: shares no stored byte with any other snapshot.
    Full,
}

impl SnapshotKind {
    /// The kind as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incremental => "incremental",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for SnapshotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether the disk stood still while a snapshot read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// No sign of a change was seen from the first byte read to the last.
    Exact,
    /// The disk changed while it was read, and the caller had allowed that.
    Fuzzy,
}

/// BLAKE3 over a snapshot's size and tree: equal digests, equal disks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

/// Text that is no digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a digest: 64 hexadecimal digits")]
pub struct ParseDigestError(String);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseDigestError(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        let mut digest = [0; 32];
        for (byte, digits) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| error())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| error())?;
        }
        Ok(Self(digest))
    }
}

impl TryFrom<String> for Digest {
    type Error = ParseDigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_what_it_prints() {
        let digest = Digest(std::array::from_fn(|i| u8::try_from(i * 7 % 251).unwrap()));
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("+1".repeat(32).parse::<Digest>().is_err());
    }
}
