//! A managed disk at one moment: layers are frozen for a snapshot, and given up when it is ready.

use std::sync::Arc;

use shared::{Name, SnapshotId, SnapshotKind};

use crate::{
    Access,
    catalog::DiskRow,
    commit::frozen::Frozen,
    engine::Engine,
    error::Error,
    managed::{Base, Freezing, ManagedDisk, blocking, folders},
    manifest::{DiskRecord, RecordSource},
};

impl Engine {
    /// Freezes a managed disk for a snapshot: what is written from now on is not in it. The caller
    /// has the disk's lease.
    pub(crate) async fn freeze(
        &self,
        disk: &DiskRow,
        managed: &ManagedDisk,
        snapshot_id: SnapshotId,
    ) -> Result<Frozen, Error> {
        let hold = managed.hold(Access::Exclusive).await?;
        let size = self.find_disk(&disk.record.disk_id.to_string()).await?.record.size_bytes;
        let managed = managed.clone();
        let (base, stack) = blocking(move || {
            let mut state = managed.state()?;
            let active = managed.stack(&state.layers[..1])?;
            if !active.is_empty().map_err(managed.failed("read"))? {
                managed.begin_layer(&mut state)?;
            }
            managed.merge_layers(&mut state)?;
            state.freezing = Some(Freezing { snapshot_id, through: state.active() - 1 });
            managed.replace(&state)?;
            let stack = managed.stack(&state.layers[1..])?;
            drop(hold);
            Ok::<_, Error>((state.base, stack))
        })
        .await?;
        let below = match &base {
            Some(base) => Some(self.base_view(base).await?),
            None => None,
        };
        Ok(Frozen { size, stack: Arc::new(stack), base, below })
    }

    /// Ends a freeze: where the snapshot is ready, it has what the frozen layers had, and takes
    /// their place; where it is not, they stay. The caller has the disk's lease.
    pub(crate) async fn settle(&self, managed: &ManagedDisk) -> Result<(), Error> {
        let hold = managed.hold(Access::Exclusive).await?;
        let mut state = managed.state()?;
        let Some(Freezing { snapshot_id, through }) = state.freezing.take() else { return Ok(()) };
        if self.catalog.unfinished().await?.iter().any(|it| it.id == snapshot_id) {
            return Ok(());
        }
        if let Some(row) = self.catalog.snapshot(snapshot_id).await? {
            state.kept = through;
            // A full one is to stand alone, and to go when people want it to.
            if row.manifest.kind == SnapshotKind::Incremental {
                state.base = Some(Base::new(&row.manifest));
                state.layers.retain(|&generation| generation > through);
            }
        }
        let managed = managed.clone();
        blocking(move || {
            let replaced = managed.replace(&state);
            drop(hold);
            replaced
        })
        .await
    }

    /// Resolves what a crash left of managed disks.
    pub(crate) async fn recover_disks(&self) -> Result<(), Error> {
        for id in folders(&self.directory)? {
            // Who makes a disk, detaches it or takes a snapshot of it holds its lease.
            let Some(_lease) = self.directory.try_lease(id)? else { continue };
            let resolved = match self.catalog.disk(id).await? {
                Some(row) => self.settle(&self.managed(&row.record)).await,
                None => self.resolve_unlisted(&self.managed_unlisted(id)).await,
            };
            match resolved {
                // What cannot be resolved now waits for the next command, or for people.
                Err(
                    error @ (Error::Store(_) | Error::DiskDamaged { .. } | Error::Directory { .. }),
                ) => {
                    tracing::warn!(disk = %id, %error, "left unresolved");
                }
                resolved => resolved?,
            }
        }
        Ok(())
    }

    /// A disk that has files and is not in the catalog is one that was being made or detached: its
    /// record tells. Where there is none, files that were written to stay: the store may be an
    /// older one that was put back.
    async fn resolve_unlisted(&self, managed: &ManagedDisk) -> Result<(), Error> {
        let mut detached = false;
        for (pool, store) in &self.pools {
            if pool.sku != self.default_sku(&pool.region) {
                continue;
            }
            let newest = self.newest_record(store, managed.id).await?;
            detached |= newest.as_ref().is_some_and(|record| record.detached);
            if let Some(record) = newest.filter(|record| !record.detached) {
                tracing::info!(disk = %record.name, "completed after a crash");
                match self.add_disk(&record).await {
                    Err(Error::DiskNameTaken(_)) => {}
                    added => return added,
                }
            }
        }
        if !detached && managed.has_state() && managed.dirty_bytes()? > 0 {
            tracing::warn!(disk = %managed.id, "kept, though the store has no record of it");
            return Ok(());
        }
        self.remove_files(managed).await
    }

    /// What the managed disks read from. One whose state cannot be read is an error, since what
    /// it needs is not known.
    pub(crate) async fn disk_bases(&self) -> Result<Vec<(Name, Base)>, Error> {
        let mut bases = Vec::new();
        let mut listed = Vec::new();
        for row in self.catalog.disks().await? {
            if let RecordSource::Managed { .. } = row.record.source {
                let base = self.managed(&row.record).state()?.base;
                bases.extend(base.map(|base| (row.record.name.clone(), base)));
                listed.push(row.record.disk_id);
            }
        }
        for id in folders(&self.directory)?.into_iter().filter(|id| !listed.contains(id)) {
            let managed = self.managed_unlisted(id);
            match managed.state() {
                Ok(state) => bases.extend(state.base.map(|base| (managed.name.clone(), base))),
                // It is being made, or is gone.
                Err(_) if !managed.has_state() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bases)
    }

    /// The files of a disk.
    pub(crate) fn managed(&self, record: &DiskRecord) -> ManagedDisk {
        ManagedDisk::new(&self.directory, &self.gates, record.disk_id, record.name.clone())
    }

    /// The files of a disk that has no record, called by its id.
    fn managed_unlisted(&self, id: shared::DiskId) -> ManagedDisk {
        let name = id.to_string().parse().expect("an id has letters, digits and hyphens");
        ManagedDisk::new(&self.directory, &self.gates, id, name)
    }

    /// The files of a disk that must be a managed one.
    pub(crate) fn must_be_managed(&self, record: &DiskRecord) -> Result<ManagedDisk, Error> {
        match record.source {
            RecordSource::Managed { .. } => Ok(self.managed(record)),
            RecordSource::Attached { .. } => Err(Error::DiskNotManaged(record.name.clone())),
        }
    }

    /// The tree of a managed disk's base.
    pub(crate) async fn base_view(&self, base: &Base) -> Result<crate::view::View, Error> {
        let objects = self.objects(&base.pool, base.scope()).await?;
        Ok(crate::view::View { objects, size: base.size_bytes, root: base.root() })
    }
}
