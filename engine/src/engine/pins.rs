//! Snapshots that somebody reads: garbage collection keeps their bytes, deleted or not.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use shared::SnapshotId;

use crate::catalog::SnapshotRow;

/// The pinned snapshots, each with how often.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pins(Arc<Mutex<BTreeMap<SnapshotId, (usize, SnapshotRow)>>>);

/// Keeps a snapshot's bytes until it is dropped.
#[derive(Debug)]
pub(crate) struct Pin {
    id: SnapshotId,
    pins: Pins,
}

impl Pins {
    /// Pins a snapshot.
    pub(crate) fn pin(&self, row: &SnapshotRow) -> Pin {
        let id = row.manifest.snapshot_id;
        let mut pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pinned.entry(id).or_insert_with(|| (0, row.clone())).0 += 1;
        Pin { id, pins: self.clone() }
    }

    /// Whether somebody reads it.
    pub(crate) fn has(&self, id: SnapshotId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// All that are pinned.
    pub(crate) fn rows(&self) -> Vec<SnapshotRow> {
        let pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pinned.values().map(|(_, row)| row.clone()).collect()
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pinned = self.pins.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = pinned.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                pinned.remove(&self.id);
            }
        }
    }
}
