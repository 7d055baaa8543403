//! Deleting a snapshot: in any order, at once; the others stay whole.

use shared::Snapshot;

use crate::{engine::Engine, error::Error};

impl Engine {
    /// Deletes a snapshot. Its bytes stay until garbage is collected, those of a full one go now.
    pub async fn delete(&self, snapshot: &str) -> Result<Snapshot, Error> {
        let row = self.find_snapshot(snapshot).await?;
        let manifest = &row.manifest;
        // Says that the row is in good hands until the deletion is through.
        let _deleting = self.directory.deleting(&self.options.waiting).await?;
        let store = self.pool(&manifest.pool)?;
        if !self.catalog.begin_delete(manifest.snapshot_id, self.options.clock.now()).await? {
            return Err(Error::SnapshotNotFound(snapshot.to_owned()));
        }
        if let Err(error) = self.bury(store, manifest.snapshot_id).await {
            // Without a tombstone it is not deleted, so it is not hidden either. Where even that
            // cannot be said, the next command deletes it.
            self.catalog.undo_delete(manifest.snapshot_id, self.options.clock.now()).await?;
            return Err(error);
        }
        self.finish_delete(store, manifest.snapshot_id).await?;
        Ok(row.snapshot())
    }
}
