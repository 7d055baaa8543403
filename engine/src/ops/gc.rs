//! Garbage collection: what no live snapshot needs is dropped, frame by frame, and its bytes come
//! back to the last one.
//!
//! First a plan, which is also how the freeable bytes of snapshots are known; then, in an order
//! that a crash may stop anywhere, its steps.

mod apply;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use shared::{GcPoolReport, GcReport, Pool, SnapshotId, SnapshotKind};

pub(crate) use plan::{Plan, Stored};

use super::mark::Marks;
use crate::{
    catalog::{CatalogError, SnapshotRow},
    engine::Engine,
    error::Error,
    format::FormatError,
    objects::Objects,
    store::{PoolStore, Scope},
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

    /// Collects garbage. The data directory must have been opened alone.
    pub async fn gc(&self) -> Result<GcReport, Error> {
        assert_eq!(self.options.access, crate::Access::Exclusive, "gc must not meet a reader");
        self.collect(true).await
    }

    async fn collect(&self, apply: bool) -> Result<GcReport, Error> {
        // What is being written is in no manifest yet, and would be taken for garbage.
        let _alone = if apply { Some(self.commits.write().await) } else { None };
        let snapshots = self.catalog.snapshots(None).await?;
        let mut pools = Vec::new();
        for (pool, store) in &self.pools {
            let of_pool: Vec<_> =
                snapshots.iter().filter(|row| row.manifest.pool == *pool).collect();
            let (stored, plan) = self.plan(store, &of_pool).await?;
            if apply {
                // Nobody may collect what a snapshot needs that only the catalog has missed.
                let live = of_pool.iter().map(|row| row.manifest.snapshot_id).collect();
                if let Some(snapshot) = stored.unknown(&live) {
                    return Err(CatalogError::Unlisted { snapshot }.into());
                }
                self.apply(store, &stored, &plan).await?;
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
    async fn plan(
        &self,
        store: &PoolStore,
        live: &[&SnapshotRow],
    ) -> Result<(Stored, Plan), Error> {
        let objects = self.objects(&store.pool, Scope::Shared).await?;
        let stored = Stored::read(store, &objects).await?;
        let mut marks = Marks::default();
        for row in live.iter().filter(|row| row.manifest.kind == SnapshotKind::Incremental) {
            mark(&mut marks, &objects, row).await?;
        }
        self.mark_bases(&mut marks, &objects, &store.pool).await?;
        // What could not be read at first and could be later is no garbage.
        if let Some(&pack) = stored.damaged.iter().find(|&&pack| marks.needs(pack)) {
            let source = FormatError::Field { what: "a pack's directory, at one of two reads" };
            return Err(objects.corrupt(pack, source).into());
        }
        let ids: BTreeSet<SnapshotId> = live.iter().map(|row| row.manifest.snapshot_id).collect();
        let plan = Plan::new(&stored, &marks, &ids);
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
        let shared = |row: &SnapshotRow| row.manifest.kind == SnapshotKind::Incremental;
        for other in others.values().filter(|other| shared(other)) {
            mark(&mut marks, &objects, other).await?;
        }
        let mut ids: BTreeSet<SnapshotId> = others.keys().copied().collect();
        let without = Plan::new(&stored, &marks, &ids);
        if shared(row) {
            mark(&mut marks, &objects, row).await?;
        }
        ids.insert(id);
        let with = Plan::new(&stored, &marks, &ids);
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

/// Marks what a snapshot needs; what is missing is told with the snapshot's name.
async fn mark(marks: &mut Marks, objects: &Objects, row: &SnapshotRow) -> Result<(), Error> {
    let marked = marks.mark(objects, row.manifest.root()).await;
    let what = || format!("snapshot {}", row.manifest.name);
    marked.map_err(|source| Error::Unmarkable { what: what(), source: source.into() })
}
