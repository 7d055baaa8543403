//! Taking a snapshot: the commit protocol around scan, encode, build and pack.

mod request;

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use jiff::SignedDuration;
use shared::{Digest, Pool, Snapshot, SnapshotId, SnapshotKind};

pub use request::SnapshotRequest;

use crate::{
    catalog::{DiskRow, SnapshotRow},
    commit::{
        content::Content,
        encode::Delta,
        frozen::Frozen,
        sink::Sink,
        write::{Built, write_changes},
    },
    diff::diff,
    engine::Engine,
    error::Error,
    format::document::{self, Kind},
    hash::{BLOCK, snapshot_digest},
    ids::{SegmentId, new_uuid},
    managed::{Base, blocking},
    manifest::{Manifest, RecordSource},
    progress::{Progress, cancelled},
    source::{ImageSource, SourceError},
    store::{ObjectKey, Scope},
    view::View,
};

/// A snapshot that was taken.
#[derive(Debug, Clone)]
pub struct Created {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Whether it is complete because its pool had none of the disk's before.
    pub first_in_pool: bool,
}

impl Engine {
    /// Takes a snapshot of a disk. It exists when this returns, and not before.
    pub async fn create_snapshot(
        &self,
        request: SnapshotRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<Created, Error> {
        let disk = self.find_disk(&request.disk).await?;
        self.pool_for(&disk, &request)?;
        // One that failed at its last step may have the name, or be this disk's newest.
        self.recover_snapshots().await?;
        let lease = self.directory.lease(disk.record.disk_id, &self.options.waiting);
        let _lease = tokio::select! {
            lease = lease => lease?,
            () = cancelled(progress.as_ref()) => return Err(Error::Cancelled),
        };
        let _commit = tokio::select! {
            commit = self.commits.read() => commit,
            () = cancelled(progress.as_ref()) => return Err(Error::Cancelled),
        };
        // Only now: what happened to the disk during the wait is no change under the read.
        let disk = self.find_disk(&disk.record.disk_id.to_string()).await?;
        self.pool(&self.pool_for(&disk, &request)?)?.check_zones().await?;
        Box::pin(self.create_snapshot_of(&disk, request, progress)).await
    }

    /// Takes a snapshot of a disk whose lease the caller has.
    async fn create_snapshot_of(
        &self,
        disk: &DiskRow,
        request: SnapshotRequest,
        progress: Arc<dyn Progress>,
    ) -> Result<Created, Error> {
        let record = &disk.record;
        let pool = self.pool_for(disk, &request)?;
        let earlier = self.catalog.snapshots(Some(record.disk_id)).await?;
        let previous = earlier.last();
        let newest = earlier.iter().rev().find(|row| {
            let manifest = &row.manifest;
            request.kind == SnapshotKind::Incremental
                && manifest.kind == SnapshotKind::Incremental
                && manifest.pool == pool
        });
        let base = newest.map(|row| Base::new(&row.manifest));
        let mut first_in_pool =
            base.is_none() && !earlier.is_empty() && request.kind == SnapshotKind::Incremental;
        let whole = self.has_all_packs(&pool).await?;
        let mut base = base.filter(|_| whole);
        // A clock that was set back must not make the newest snapshot an older one.
        let after = previous.map(|row| row.manifest.created_at + SignedDuration::from_micros(1));
        let created_at = after.into_iter().chain([self.options.clock.now()]).max();
        let created_at = created_at.expect("one time is always there");
        let new_id = || SnapshotId::from_uuid(new_uuid(created_at, self.options.random.as_ref()));
        let id = request.id.unwrap_or_else(new_id);
        let path = self.path_for(disk, &request).await?;
        let content = self.content(disk, id, &request).await?;
        if let Content::Managed(Frozen { base: Some(below), .. }) = &content
            && request.kind == SnapshotKind::Incremental
            && below.kind == SnapshotKind::Incremental
            && below.pool == pool
        {
            first_in_pool = false;
            base = whole.then(|| below.clone());
        }
        let pinned = base.as_ref().map(|base| base.snapshot_id);
        let begun = self.catalog.begin(id, &path, record.disk_id, &pool, pinned, created_at).await;
        let epoch = match begun {
            Err(error) if error.is_taken() => return Err(Error::SnapshotNameTaken(path.name)),
            begun => begun?,
        };

        let mut written =
            self.write(id, &pool, base.as_ref(), previous, &content, &request, &progress).await;
        if let (Some(damaged), Err(Error::Store(error))) = (&base, &written)
            && error.is_damage()
        {
            tracing::warn!(%error, base = %damaged.snapshot_id, "the base is damaged: this snapshot is complete");
            base = None;
            written =
                self.write(id, &pool, base.as_ref(), previous, &content, &request, &progress).await;
        }
        let (built, changes) = match written {
            Ok(written) => written,
            Err(error) => {
                // No manifest was written, so nothing can bring the row back to life; one that
                // cannot be dropped now is dropped by the next command.
                if let Err(error) = self.catalog.drop_row(id).await {
                    tracing::warn!(%error, snapshot = %id, "left to the next command");
                }
                return Err(changed_first(error, &content));
            }
        };
        let size = content.size();
        let base_allocated = base.as_ref().map_or(0, |base| base.allocated_bytes);
        let manifest = Manifest {
            snapshot_id: id,
            group: path.group,
            name: path.name,
            disk_id: record.disk_id,
            disk_name: record.name.clone(),
            kind: request.kind,
            pool: pool.clone(),
            base_id: base.map(|base| base.snapshot_id),
            created_at,
            consistency: content.consistency(),
            tags: request.tags.clone(),
            size_bytes: size,
            root: built.root.map(|root| Digest(root.0)),
            digest: snapshot_digest(size.bytes(), built.root),
            allocated_bytes: base_allocated
                .saturating_add_signed(built.delta.allocated * BLOCK as i64),
            changed_bytes: changes.changed * BLOCK as u64,
            cleared_bytes: changes.cleared * BLOCK as u64,
            written_bytes: built.written.bytes,
            written_all_zones_bytes: built.written.bytes_all_zones,
        };
        let snapshot = self.publish(epoch, &manifest).await?;
        self.join_segments(&pool).await;
        match content {
            // The snapshot is there with or without these, so a failure is left to the next one.
            Content::Attached(..) => {
                if let Err(error) = self.note_size(record.disk_id, size).await {
                    tracing::warn!(%error, disk = %record.name, "its size is noted later");
                }
            }
            Content::Managed(_) => {
                if let Err(error) = self.settle(&self.managed(record)).await {
                    tracing::warn!(%error, disk = %record.name, "the frozen layers stay for now");
                }
            }
        }
        Ok(Created { snapshot, first_in_pool })
    }

    /// What the snapshot is taken of, from now on.
    async fn content(
        &self,
        disk: &DiskRow,
        id: SnapshotId,
        request: &SnapshotRequest,
    ) -> Result<Content, Error> {
        match &disk.record.source {
            RecordSource::Attached { path, format } => {
                let (path, format) = (PathBuf::from(path), *format);
                let (changing, reach) = (request.changing, self.options.reach.clone());
                let open = move || ImageSource::open_kept(&path, format, changing, &reach);
                let source = blocking(open).await?;
                Ok(Content::Attached(Arc::new(source), request.changing))
            }
            RecordSource::Managed { .. } => {
                let managed = self.managed(&disk.record);
                self.settle(&managed).await?;
                Ok(Content::Managed(self.freeze(disk, &managed, id).await?))
            }
        }
    }

    /// Steps 2 and 3 of the commit: the manifest, then the row.
    async fn publish(&self, epoch: i64, manifest: &Manifest) -> Result<Snapshot, Error> {
        let store = self.pool(&manifest.pool)?;
        let bytes = document::encode(Kind::Manifest, manifest);
        let length = bytes.len() as u64;
        let id = manifest.snapshot_id;
        // A manifest in a folder that took the store's place would be of a snapshot without bytes.
        let created = match store.check_zones().await {
            Ok(()) => store.create(ObjectKey::Manifest(id), &[bytes.into()]).await,
            Err(error) => Err(error),
        };
        if let Err(error) = created {
            // Whether it is there is not known; the tombstone decides. Where even that cannot be
            // written, the row stays for the next command to resolve.
            self.drop_pending(store, id).await?;
            return Err(error.into());
        }
        if self.catalog.commit(epoch, manifest, length, self.options.clock.now()).await? {
            Ok(manifest.snapshot(length))
        } else {
            Err(Error::Superseded)
        }
    }

    /// Writes what the snapshot adds; on failure, takes back what it wrote.
    #[expect(clippy::too_many_arguments, reason = "one call, and each is a thing of its own")]
    async fn write(
        &self,
        id: SnapshotId,
        pool: &Pool,
        base: Option<&Base>,
        previous: Option<&SnapshotRow>,
        content: &Content,
        request: &SnapshotRequest,
        progress: &Arc<dyn Progress>,
    ) -> Result<(Built, Delta), Error> {
        let scope = match request.kind {
            SnapshotKind::Incremental => Scope::Shared,
            SnapshotKind::Full => Scope::Full(id),
        };
        let objects = self.objects(pool, scope).await?;
        let size = content.size();
        let base_view = match base {
            Some(base) => {
                let (size, root) = (base.size_bytes, base.root());
                View { objects: Arc::clone(&objects), size, root }
            }
            None => View { objects: Arc::clone(&objects), size, root: None },
        };
        let (clock, random) = (Arc::clone(&self.options.clock), Arc::clone(&self.options.random));
        let mut sink = Sink::new(&objects, clock, random);
        let built = match write_changes(&base_view, content, &mut sink, progress).await {
            Ok(built) => built,
            Err(error) => {
                sink.abandon().await;
                return Err(error);
            }
        };
        let view = View { objects, size, root: built.root };
        let counted = match previous {
            Some(row) if base.map(|it| it.snapshot_id) != Some(row.manifest.snapshot_id) => {
                match self.changes_since(row, &view).await {
                    // Where the previous one cannot be read, all counts as changed.
                    Err(Error::Store(error)) if error.is_damage() => Ok(built.delta),
                    counted => counted,
                }
            }
            Some(_) => Ok(built.delta),
            // What a new disk shares with another one's snapshot is new to it.
            None => {
                let allocated = base.map_or(0, |base| base.allocated_bytes / BLOCK as u64);
                let changed = allocated.saturating_add_signed(built.delta.allocated);
                Ok(Delta { changed, cleared: 0, ..built.delta })
            }
        };
        match counted {
            Ok(changes) => Ok((built, changes)),
            // Another snapshot's damage is no reason to have none now: all of this one is new.
            Err(Error::Store(error)) if error.is_damage() => {
                tracing::warn!(%error, snapshot = %id, "counted against nothing");
                let changes = built.delta;
                Ok((built, changes))
            }
            Err(error) => {
                sink.abandon().await;
                Err(error)
            }
        }
    }

    /// Keeps the index small. The snapshot is there with or without it, so a failure is left to
    /// the next one.
    async fn join_segments(&self, pool: &Pool) {
        let joined = async {
            let objects = self.objects(pool, Scope::Shared).await?;
            loop {
                let old = objects.index.to_join();
                if old.is_empty() {
                    return Ok::<_, Error>(());
                }
                let id = new_uuid(self.options.clock.now(), self.options.random.as_ref());
                objects.index.join(&old, SegmentId(id)).await?;
            }
        };
        if let Err(error) = joined.await {
            tracing::warn!(%error, "index segments were not joined");
        }
    }

    /// Whether every pack that the index names is there, as long as it was written. If not, a
    /// snapshot must not lean on its base unseen: it is built from nothing, and stores again what
    /// the pool has lost.
    async fn has_all_packs(&self, pool: &Pool) -> Result<bool, Error> {
        let objects = self.objects(pool, Scope::Shared).await?;
        let listed = objects.store.list(Some(&"packs".into())).await?;
        let there: HashMap<_, _> = listed.iter().map(|object| (object.key, object.size)).collect();
        let segments = objects.index.segments();
        let mut packs = segments.iter().flat_map(|segment| &segment.packs);
        let whole = packs
            .all(|row| there.get(&ObjectKey::Pack(Scope::Shared, row.id)) == Some(&row.length));
        if !whole {
            tracing::warn!(%pool, "packs are missing: this snapshot stores again what it needs of them");
            self.open.renew(pool).await?;
        }
        Ok(whole)
    }

    /// What changed since another snapshot of the disk, which may be in another pool.
    async fn changes_since(&self, row: &SnapshotRow, view: &View) -> Result<Delta, Error> {
        let mut delta = Delta::default();
        let previous = self.view(row).await?;
        diff(&previous, view, |chunk| {
            delta.changed += chunk.maps.changed.len() as u64;
            delta.cleared += chunk.maps.cleared.len() as u64;
            std::ops::ControlFlow::Continue(())
        })
        .await?;
        Ok(delta)
    }
}

/// A disk that changed under a failed read is the cause, and the failure the effect.
fn changed_first(error: Error, content: &Content) -> Error {
    let read_failed = matches!(
        error,
        Error::Source(SourceError::Truncated { .. } | SourceError::Unreadable { .. })
    );
    match content.check_unchanged() {
        Err(changed) if read_failed => changed.into(),
        _ => error,
    }
}
