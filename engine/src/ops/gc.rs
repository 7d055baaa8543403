//! Garbage collection: what no live snapshot needs is dropped, frame by frame, and its bytes come
//! back to the last one.
//!
//! First a plan, which is also how the freeable bytes of snapshots are known; then, in an order
//! that a crash may stop anywhere, its steps.

mod apply;
mod freeable;
mod plan;

use std::collections::BTreeSet;

use shared::{GcPoolReport, GcReport, SnapshotId, SnapshotKind};

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
        // What could not be read at first and could be later is no garbage.
        if let Some(&pack) = stored.damaged.iter().find(|&&pack| marks.needs(pack)) {
            let source = FormatError::Field { what: "a pack's directory, at one of two reads" };
            return Err(objects.corrupt(pack, source).into());
        }
        let ids: BTreeSet<SnapshotId> = live.iter().map(|row| row.manifest.snapshot_id).collect();
        let plan = Plan::new(&stored, &marks, &ids);
        Ok((stored, plan))
    }
}

/// Marks what a snapshot needs; what is missing is told with the snapshot's name.
pub(crate) async fn mark(
    marks: &mut Marks,
    objects: &Objects,
    row: &SnapshotRow,
) -> Result<(), Error> {
    let marked = marks.mark(objects, row.manifest.root()).await;
    marked.map_err(|source| Error::Unmarkable {
        snapshot: row.manifest.name.clone(),
        source: source.into(),
    })
}
