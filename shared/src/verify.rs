//! What checking a snapshot found.

use serde::{Deserialize, Serialize};

use crate::{Name, SnapshotId};

/// The result of reading every stored byte of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyReport {
    /// The snapshot.
    pub id: SnapshotId,
    /// Its name.
    pub name: Name,
    /// Chunks that were read, decoded and hashed.
    pub chunks: u64,
    /// Disk bytes in them that are not zeros.
    pub verified_bytes: u64,
    /// Ranges of the disk that cannot be read back; empty when all is well.
    pub damage: Vec<Damage>,
}

/// A range of a disk that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Damage {
    /// Where it starts on the disk.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
    /// What is wrong with which stored object.
    pub reason: String,
}
