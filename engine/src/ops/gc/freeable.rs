//! What deleting some snapshots gives back: the plan with them and the plan without, compared.

use std::collections::BTreeMap;

use shared::{Freeable, Pool, SnapshotId, SnapshotKind};

use super::{Live, Marks, Plan, Stored, mark_shared};
use crate::{catalog::SnapshotRow, engine::Engine, error::Error, store::Scope};

impl Engine {
    /// What deleting a set of snapshots, of any disks and pools, and collecting garbage returns.
    /// Each is named by `NAME`, `GROUP/NAME` or id; one that is named twice counts once.
    pub async fn freeable(&self, snapshots: &[String]) -> Result<Freeable, Error> {
        let mut rows = Vec::new();
        for text in snapshots {
            rows.push(self.find_snapshot(text).await?);
        }
        self.freeable_of(&rows).await
    }

    /// The same for snapshots that were found.
    pub(crate) async fn freeable_of(&self, rows: &[SnapshotRow]) -> Result<Freeable, Error> {
        let mut pools: BTreeMap<&Pool, BTreeMap<SnapshotId, &SnapshotRow>> = BTreeMap::new();
        for row in rows {
            let of_pool = pools.entry(&row.manifest.pool).or_default();
            of_pool.insert(row.manifest.snapshot_id, row);
        }
        // Nothing is moved while it is weighed.
        let _still = self.commits.read().await;
        let all = self.catalog.snapshots(None).await?;
        let mut sum = Freeable { exclusive_bytes: 0, freeable_bytes: 0 };
        for (pool, set) in pools {
            let rest = all.iter().filter(|row| row.manifest.pool == *pool);
            let rest = rest.filter(|row| !set.contains_key(&row.manifest.snapshot_id));
            let freeable = self.freeable_in(pool, &set, rest.collect()).await?;
            sum.exclusive_bytes += freeable.exclusive_bytes;
            sum.freeable_bytes += freeable.freeable_bytes;
        }
        Ok(sum)
    }

    /// What one pool gives back: a set of its snapshots, and the rest of them.
    async fn freeable_in(
        &self,
        pool: &Pool,
        set: &BTreeMap<SnapshotId, &SnapshotRow>,
        rest: Vec<&SnapshotRow>,
    ) -> Result<Freeable, Error> {
        let objects = self.objects(pool, Scope::Shared).await?;
        let stored = Stored::read(self.pool(pool)?, &objects).await?;
        let mut marks = Marks::default();
        let mut live = Live::default();
        for row in rest {
            mark_shared(&mut marks, &objects, row).await?;
            live.ready.insert(row.manifest.snapshot_id);
        }
        let without = Plan::new(&stored, &marks, live.clone());
        for row in set.values() {
            mark_shared(&mut marks, &objects, row).await?;
        }
        live.ready.extend(set.keys());
        let with = Plan::new(&stored, &marks, live);
        let mut exclusive_bytes = with.live_bytes - without.live_bytes;
        for row in set.values().filter(|row| row.manifest.kind == SnapshotKind::Full) {
            let own = self.objects(pool, Scope::Full(row.manifest.snapshot_id)).await?;
            for (_, directory) in Stored::read_packs(&own).await? {
                let frames = 0..directory.frames.len();
                exclusive_bytes += frames.map(|it| directory.entry_bytes(it)).sum::<u64>();
            }
        }
        let freeable_bytes = with.bytes_after.saturating_sub(without.bytes_after);
        Ok(Freeable { exclusive_bytes, freeable_bytes })
    }
}
