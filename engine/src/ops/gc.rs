//! Garbage collection: what no live snapshot needs is dropped, frame by frame, and its bytes come
//! back to the last one.
//!
//! First a plan, which is also how the freeable bytes of snapshots are known; then, in an order
//! that a crash may stop anywhere, its steps.

mod apply;
mod freeable;
mod plan;

use std::collections::BTreeSet;

use shared::{GcPoolReport, GcReport, Pool, SnapshotKind};

pub(crate) use plan::{Live, Plan, Stored};

use super::mark::Marks;
use crate::{
    catalog::{CatalogError, SnapshotRow},
    engine::Engine,
    error::Error,
    format::FormatError,
    objects::Objects,
    progress::{NoProgress, Progress, cancelled},
    store::{ObjectKey, PoolStore, Scope},
};

impl Engine {
    /// What a garbage collection would do.
    pub async fn gc_plan(&self) -> Result<GcReport, Error> {
        self.collect(false, &NoProgress).await
    }

    /// Collects garbage, while snapshots are read but none is written. The data directory must
    /// have been opened alone.
    pub async fn gc(&self) -> Result<GcReport, Error> {
        self.gc_watched(&NoProgress).await
    }

    /// The same, watched: the bytes told are those that must move to give back others. Stopped, it
    /// has given back a part.
    pub async fn gc_watched(&self, progress: &dyn Progress) -> Result<GcReport, Error> {
        let access = self.options.access;
        assert_eq!(access, crate::Access::Exclusive, "gc must not meet another process");
        // What failed at its last step is in the store, and not in the catalog's list.
        self.recover_snapshots().await?;
        self.collect(true, progress).await
    }

    async fn collect(&self, apply: bool, progress: &dyn Progress) -> Result<GcReport, Error> {
        // What is being written is in no manifest yet, and would be taken for garbage.
        let alone = unless_cancelled(progress, self.commits.write());
        let _alone = if apply { Some(alone.await?) } else { None };
        let mut pools = Vec::new();
        let mut moved = 0;
        for (pool, store) in &self.pools {
            // A look must not meet what is just being moved.
            let still = if apply { None } else { Some(self.moving.read().await) };
            let (stored, plan) = unless_cancelled(progress, self.plan(store)).await??;
            drop(still);
            if apply {
                // Nobody may collect what a snapshot needs that only the catalog has missed.
                self.check_listed(store, &stored, &plan).await?;
                let _moving = self.moving.write().await;
                let pace = Pace { progress, before: moved, total: moved + plan.rewritten_bytes };
                moved = pace.total;
                let applied = self.apply(store, &stored, &plan, &pace).await;
                if applied.is_err()
                    && let Err(error) = self.open.renew(pool).await
                {
                    tracing::warn!(%error, %pool, "the index was not read anew");
                }
                applied?;
            }
            let rewritten = plan.rewritten.iter().map(|(directory, _)| directory.length);
            pools.push(GcPoolReport {
                pool: pool.clone(),
                bytes_before: stored.bytes,
                bytes_after: plan.bytes_after,
                packs_deleted: plan.dead.len() as u64,
                packs_rewritten: rewritten.len() as u64,
                rewritten_bytes: plan.rewritten_bytes,
            });
        }
        let freed = pools.iter().map(|it| it.bytes_before.saturating_sub(it.bytes_after)).sum();
        Ok(GcReport { applied: apply, freed_bytes: freed, pools })
    }

    /// What there is in a pool, and what the snapshots need of it.
    ///
    /// The store is listed before the catalog is asked: a tombstone comes after its row is hidden,
    /// so one whose snapshot is ready is left of a deletion that was taken back.
    async fn plan(&self, store: &PoolStore) -> Result<(Stored, Plan), Error> {
        store.check_zones().await?;
        // What is missing must be missed, so nothing that was read before counts.
        let objects = self.objects_anew(&store.pool, Scope::Shared).await?;
        let stored = Stored::read(store, &objects).await?;
        let ready = self.catalog.snapshots(None).await?;
        let listed: BTreeSet<_> = ready.iter().map(|row| row.manifest.snapshot_id).collect();
        let mut read = self.pins.rows();
        read.retain(|row| !listed.contains(&row.manifest.snapshot_id));
        let of_pool = |row: &&SnapshotRow| row.manifest.pool == store.pool;
        let mut marks = Marks::default();
        let mut live = Live::default();
        for row in ready.iter().filter(of_pool) {
            live.ready.insert(row.manifest.snapshot_id);
            mark_shared(&mut marks, &objects, row).await?;
        }
        for row in read.iter().filter(of_pool) {
            live.read.insert(row.manifest.snapshot_id);
            mark_shared(&mut marks, &objects, row).await?;
        }
        self.mark_bases(&mut marks, &objects, &store.pool).await?;
        // What could not be read at first and could be later is no garbage.
        if let Some(&pack) = stored.damaged.iter().find(|&&pack| marks.needs(pack)) {
            let source = FormatError::Field { what: "a pack's directory, at one of two reads" };
            return Err(objects.corrupt(pack, source).into());
        }
        let plan = Plan::new(&stored, &marks, live);
        Ok((stored, plan))
    }

    /// Marks what managed disks read from, whether the snapshots of it are there or not.
    pub(crate) async fn mark_bases(
        &self,
        marks: &mut Marks,
        objects: &Objects,
        pool: &Pool,
    ) -> Result<(), Error> {
        for (disk, base) in self.disk_bases().await? {
            if base.pool == *pool && base.scope() == Scope::Shared {
                let marked = marks.mark(objects, base.root()).await;
                let what = || format!("the base of disk {disk}");
                marked
                    .map_err(|source| Error::Unmarkable { what: what(), source: source.into() })?;
            }
        }
        Ok(())
    }

    /// An error if the store has a snapshot that the catalog has not, and that nobody has deleted
    /// since the store was listed.
    async fn check_listed(
        &self,
        store: &PoolStore,
        stored: &Stored,
        plan: &Plan,
    ) -> Result<(), Error> {
        for snapshot in stored.unknown(&plan.live) {
            match store.read(ObjectKey::Tombstone(snapshot), None, Ok).await {
                Ok(_) => {}
                Err(error) if error.is_missing() => {
                    return Err(CatalogError::Unlisted { snapshot }.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// How far the moving of bytes is, from one pool to the next.
struct Pace<'a> {
    progress: &'a dyn Progress,
    before: u64,
    total: u64,
}

impl Pace<'_> {
    /// Tells how many of a pool's bytes are moved; an error if no more are to be.
    fn at(&self, moved: u64) -> Result<(), Error> {
        self.progress.at((self.before + moved).min(self.total), self.total);
        if self.progress.cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// What work that changes nothing comes to, unless it is to stop.
async fn unless_cancelled<T>(
    progress: &dyn Progress,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    tokio::select! {
        biased;
        () = cancelled(progress) => Err(Error::Cancelled),
        done = work => Ok(done),
    }
}

/// Marks what an incremental snapshot needs of what its pool shares; what is missing is told with
/// the snapshot's name. A full one needs nothing of it.
pub(crate) async fn mark_shared(
    marks: &mut Marks,
    objects: &Objects,
    row: &SnapshotRow,
) -> Result<(), Error> {
    if row.manifest.kind == SnapshotKind::Full {
        return Ok(());
    }
    let marked = marks.mark(objects, row.manifest.root()).await;
    let what = || format!("snapshot {}", row.manifest.name);
    marked.map_err(|source| Error::Unmarkable { what: what(), source: source.into() })
}
