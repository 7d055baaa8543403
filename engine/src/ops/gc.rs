//! Garbage collection: what no live snapshot needs is dropped, frame by frame, and its bytes come
//! back to the last one.
//!
//! First a plan, which is also how the freeable bytes of snapshots are known; then, in an order
//! that a crash may stop anywhere, its steps.

mod apply;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use shared::{GcPoolReport, GcReport, Pool, SnapshotId, SnapshotKind};

pub(crate) use plan::{Live, Plan, Stored};

use super::mark::Marks;
use crate::{
    catalog::{CatalogError, SnapshotRow},
    engine::Engine,
    error::Error,
    format::FormatError,
    objects::Objects,
    store::{ObjectKey, PoolStore, Scope},
};

/// What keeping one snapshot costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Stored length of the entries that only it needs.
    pub(crate) exclusive_bytes: u64,
    /// What the store shrinks by when it is deleted and garbage is collected.
    pub(crate) freeable_bytes: u64,
}

impl Engine {
    /// What a garbage collection would do.
    pub async fn gc_plan(&self) -> Result<GcReport, Error> {
        self.collect(false).await
    }

    /// Collects garbage, while snapshots are read but none is written. The data directory must
    /// have been opened alone.
    pub async fn gc(&self) -> Result<GcReport, Error> {
        assert_eq!(self.options.access, crate::Access::Exclusive, "gc must not meet a reader");
        self.collect(true).await
    }

    async fn collect(&self, apply: bool) -> Result<GcReport, Error> {
        // What is being written is in no manifest yet, and would be taken for garbage.
        let _alone = if apply { Some(self.commits.write().await) } else { None };
        let mut pools = Vec::new();
        for (pool, store) in &self.pools {
            let (stored, plan) = self.plan(store).await?;
            if apply {
                // Nobody may collect what a snapshot needs that only the catalog has missed.
                self.check_listed(store, &stored, &plan).await?;
                let applied = self.apply(store, &stored, &plan).await;
                if applied.is_err() {
                    self.open.forget(pool);
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
    async fn mark_bases(
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

    /// What one snapshot alone keeps in the store.
    pub(crate) async fn cost_of(&self, row: &SnapshotRow) -> Result<Cost, Error> {
        let pool = &row.manifest.pool;
        let id = row.manifest.snapshot_id;
        let store = self.pool(pool)?;
        let objects = self.objects(pool, Scope::Shared).await?;
        let stored = Stored::read(store, &objects).await?;
        let snapshots = self.catalog.snapshots(None).await?;
        let others = snapshots
            .iter()
            .filter(|it| it.manifest.pool == *pool && it.manifest.snapshot_id != id);
        let others: BTreeMap<SnapshotId, &SnapshotRow> =
            others.map(|row| (row.manifest.snapshot_id, row)).collect();
        let mut marks = Marks::default();
        self.mark_bases(&mut marks, &objects, pool).await?;
        for other in others.values() {
            mark_shared(&mut marks, &objects, other).await?;
        }
        let mut live = Live { ready: others.keys().copied().collect(), ..Live::default() };
        let without = Plan::new(&stored, &marks, live.clone());
        mark_shared(&mut marks, &objects, row).await?;
        live.ready.insert(id);
        let with = Plan::new(&stored, &marks, live);
        let exclusive_bytes = match row.manifest.kind {
            SnapshotKind::Incremental => with.live_bytes - without.live_bytes,
            SnapshotKind::Full => {
                let own = self.objects(pool, Scope::Full(id)).await?;
                Stored::read_packs(&own)
                    .await?
                    .iter()
                    .map(|(_, directory)| {
                        (0..directory.frames.len()).map(|it| directory.entry_bytes(it)).sum::<u64>()
                    })
                    .sum()
            }
        };
        let freeable_bytes = with.bytes_after.saturating_sub(without.bytes_after);
        Ok(Cost { exclusive_bytes, freeable_bytes })
    }
}

/// Marks what an incremental snapshot needs of what its pool shares; what is missing is told with
/// the snapshot's name. A full one needs nothing of it.
async fn mark_shared(marks: &mut Marks, objects: &Objects, row: &SnapshotRow) -> Result<(), Error> {
    if row.manifest.kind == SnapshotKind::Full {
        return Ok(());
    }
    let marked = marks.mark(objects, row.manifest.root()).await;
    let what = || format!("snapshot {}", row.manifest.name);
    marked.map_err(|source| Error::Unmarkable { what: what(), source: source.into() })
}
