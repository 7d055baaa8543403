//! Resolves what a crash left: every snapshot is whole or gone before the next command looks.

use shared::SnapshotId;

use super::Engine;
use crate::{
    catalog::{Pending, State},
    error::Error,
    format::document::{self, Kind},
    manifest::{Manifest, Tombstone},
    store::{ObjectKey, PoolStore, StoreError},
};

impl Engine {
    /// Completes or drops every snapshot whose writer is gone, then resolves managed disks.
    pub(crate) async fn recover(&self) -> Result<(), Error> {
        self.recover_snapshots().await?;
        self.recover_disks().await
    }

    /// Completes or drops every snapshot whose writer is gone, or has failed at its last step.
    pub(crate) async fn recover_snapshots(&self) -> Result<(), Error> {
        for pending in self.catalog.unfinished().await? {
            // A writer that lives holds the disk's lease, and who deletes that of deletions.
            let lease = match pending.state {
                State::Pending => self.directory.try_lease(pending.disk_id)?,
                State::Deleting => self.directory.try_end_deletions()?,
            };
            let Some(_lease) = lease else { continue };
            // It may have finished between the listing and the lease.
            let unfinished = self.catalog.unfinished().await?;
            if unfinished.iter().any(|it| it.id == pending.id && it.state == pending.state) {
                self.resolve(&pending).await?;
            }
        }
        Ok(())
    }

    async fn resolve(&self, pending: &Pending) -> Result<(), Error> {
        let resolved = match self.pool(&pending.pool) {
            Ok(store) => self.resolve_in(store, pending).await,
            Err(error) => Err(error),
        };
        match resolved {
            // What cannot be resolved while a zone is down or full, or its region is not
            // configured, waits for the next command.
            Err(error @ (Error::Store(_) | Error::SkuNotInRegion { .. })) => {
                tracing::warn!(snapshot = %pending.id, %error, "left unresolved");
                Ok(())
            }
            other => other,
        }
    }

    async fn resolve_in(&self, store: &PoolStore, pending: &Pending) -> Result<(), Error> {
        match pending.state {
            State::Deleting => self.finish_delete(store, pending.id).await,
            State::Pending => match read_manifest(store, pending.id).await {
                Ok((manifest, bytes)) => {
                    tracing::info!(snapshot = %pending.id, "completed after a crash");
                    self.catalog
                        .commit(pending.epoch, &manifest, bytes, self.options.clock.now())
                        .await?;
                    Ok(())
                }
                // Damage of the manifest: its commit was never acknowledged.
                Err(StoreError::Missing { .. } | StoreError::Corrupt { .. }) => {
                    tracing::info!(snapshot = %pending.id, "dropped after a crash");
                    self.drop_pending(store, pending.id).await
                }
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Makes sure that a snapshot can never come to be, and forgets it.
    pub(crate) async fn drop_pending(
        &self,
        store: &PoolStore,
        id: SnapshotId,
    ) -> Result<(), Error> {
        self.bury(store, id).await?;
        Ok(self.catalog.drop_row(id).await?)
    }

    /// The rest of a deletion, from the tombstone on.
    pub(crate) async fn finish_delete(
        &self,
        store: &PoolStore,
        id: SnapshotId,
    ) -> Result<(), Error> {
        self.bury(store, id).await?;
        self.catalog.drop_row(id).await?;
        if self.pins.has(id) {
            // Somebody reads it; the next garbage collection finds what is left.
            return Ok(());
        }
        let folder = crate::store::key::full_prefix(id);
        let objects = store.list(Some(&folder)).await?;
        let keys: Vec<_> = objects.into_iter().map(|object| object.key).collect();
        Ok(store.delete(&keys).await?)
    }

    /// Writes a snapshot's tombstone, unless it has one.
    pub(crate) async fn bury(&self, store: &PoolStore, id: SnapshotId) -> Result<(), Error> {
        let tombstone = Tombstone { snapshot_id: id, deleted_at: self.options.clock.now() };
        let bytes = document::encode(Kind::Tombstone, &tombstone);
        match store.create(ObjectKey::Tombstone(id), &[bytes.into()]).await {
            // Two tombstones of one snapshot differ in their time only.
            Ok(_) | Err(StoreError::Exists { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A snapshot's manifest and its length.
pub(crate) async fn read_manifest(
    store: &PoolStore,
    id: SnapshotId,
) -> Result<(Manifest, u64), StoreError> {
    let decode = |bytes: bytes::Bytes| {
        let manifest = document::decode(Kind::Manifest, &bytes)?;
        Ok((manifest, bytes.len() as u64))
    };
    store.read(ObjectKey::Manifest(id), None, decode).await
}
