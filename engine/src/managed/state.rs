//! What a managed disk is made of: its base and its layers, in one small file that is replaced
//! whole.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};
use shared::{ByteSize, Digest, DiskId, Pool, SnapshotId, SnapshotKind};

use super::sync_folder;
use crate::{
    format::document::{self, Kind},
    hash::ItemId,
    manifest::Manifest,
    store::Scope,
};

/// A managed disk's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) disk_id: DiskId,
    /// What lies below the layers; `null`: zeros.
    pub(crate) base: Option<Base>,
    /// Generations of the layers, the newest first; never empty.
    pub(crate) layers: Vec<u64>,
    /// What layers of this generation and older ones hold is in a snapshot.
    pub(crate) kept: u64,
    /// The snapshot that is being taken.
    pub(crate) freezing: Option<Freezing>,
}

/// A snapshot's tree, below the layers of a managed disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Base {
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) kind: SnapshotKind,
    pub(crate) pool: Pool,
    pub(crate) size_bytes: ByteSize,
    pub(crate) root: Option<Digest>,
    pub(crate) allocated_bytes: u64,
}

/// A snapshot that is being taken, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Freezing {
    pub(crate) snapshot_id: SnapshotId,
    /// The newest layer in it.
    pub(crate) through: u64,
}

impl Base {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        Self {
            snapshot_id: manifest.snapshot_id,
            kind: manifest.kind,
            pool: manifest.pool.clone(),
            size_bytes: manifest.size_bytes,
            root: manifest.root,
            allocated_bytes: manifest.allocated_bytes,
        }
    }

    pub(crate) fn root(&self) -> Option<ItemId> {
        self.root.map(|root| ItemId(root.0))
    }

    /// Which packs and index it is read through.
    pub(crate) fn scope(&self) -> Scope {
        match self.kind {
            SnapshotKind::Incremental => Scope::Shared,
            SnapshotKind::Full => Scope::Full(self.snapshot_id),
        }
    }
}

impl State {
    /// The layer that takes writes.
    pub(crate) fn active(&self) -> u64 {
        self.layers[0]
    }

    pub(super) fn read(folder: &Path, disk: DiskId) -> io::Result<Self> {
        let bytes = fs::read(folder.join("state"))?;
        let state: Self = document::decode(Kind::DiskState, &bytes).map_err(io::Error::other)?;
        let descends = state.layers.is_sorted_by(|newer, older| newer > older);
        if state.disk_id == disk && !state.layers.is_empty() && descends {
            Ok(state)
        } else {
            Err(io::Error::other("the state is of another disk, or names no layers"))
        }
    }

    /// Puts this state in the place of the one before, so that after a crash it is either.
    pub(super) fn replace(&self, folder: &Path) -> io::Result<()> {
        let beside = folder.join("state.new");
        let mut file = File::create(&beside)?;
        file.write_all(&document::encode(Kind::DiskState, self))?;
        file.sync_all()?;
        fs::rename(&beside, folder.join("state"))?;
        sync_folder(folder)
    }
}
