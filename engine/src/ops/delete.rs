//! Deleting a snapshot: in any order, at once; the others stay whole.

use shared::{Snapshot, SnapshotKind};

use crate::{engine::Engine, error::Error, manifest::Manifest};

impl Engine {
    /// Deletes a snapshot. Its bytes stay until garbage is collected, those of a full one go now.
    pub async fn delete(&self, snapshot: &str) -> Result<Snapshot, Error> {
        let row = self.find_snapshot(snapshot).await?;
        let manifest = &row.manifest;
        // Says that the row is in good hands until the deletion is through.
        let _deleting = self.directory.deleting(&self.options.waiting).await?;
        if manifest.kind == SnapshotKind::Full {
            self.check_unused(manifest).await?;
        }
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

    /// An error if a managed disk reads from a full snapshot, whose bytes go with it.
    async fn check_unused(&self, manifest: &Manifest) -> Result<(), Error> {
        let bases = self.disk_bases().await?;
        match bases.into_iter().find(|(_, base)| base.snapshot_id == manifest.snapshot_id) {
            Some((disk, _)) => Err(Error::SnapshotInUse { snapshot: manifest.name.clone(), disk }),
            None => Ok(()),
        }
    }
}
