//! Which disk's snapshots need which stored bytes; what several need is divided among them.

use std::{collections::BTreeMap, sync::Arc};

use shared::{DiskId, Pool, Sku, SnapshotKind};

use super::{
    super::{
        gc::{Stored, mark_shared},
        mark::Marks,
    },
    apportion::apportion,
};
use crate::{
    catalog::SnapshotRow, engine::Engine, error::Error, hash::checksum, insight::StoredBytes,
    store::Scope,
};

impl Engine {
    /// What each disk's snapshots need: the frames that incremental ones are made of, the objects
    /// of full ones, and all manifests.
    pub(super) async fn stored_bytes(
        &self,
        rows: &[SnapshotRow],
    ) -> Result<Arc<StoredBytes>, Error> {
        // Nothing is moved while it is weighed.
        let _still = self.moving.read().await;
        let key = self.name_of(rows).await?;
        if let Some(stored) = self.insight.stored.get(&key) {
            return Ok(stored);
        }
        let mut sum = StoredBytes::new();
        let mut shared: BTreeMap<&Pool, BTreeMap<DiskId, Vec<&SnapshotRow>>> = BTreeMap::new();
        for row in rows {
            let manifest = &row.manifest;
            let own = match manifest.kind {
                SnapshotKind::Incremental => {
                    let disks = shared.entry(&manifest.pool).or_default();
                    disks.entry(manifest.disk_id).or_default().push(row);
                    0
                }
                // All that its commit wrote is its own, and stays as it is.
                SnapshotKind::Full => manifest.written_bytes,
            };
            *sum.entry((manifest.disk_id, manifest.pool.sku)).or_default() +=
                own + row.manifest_bytes;
        }
        for (pool, disks) in shared {
            for (disk, bytes) in self.shares(pool, &disks).await? {
                *sum.entry((disk, pool.sku)).or_default() += bytes;
            }
        }
        let stored = Arc::new(sum);
        let bytes = stored.len() * size_of::<(DiskId, Sku, u64)>();
        self.insight.stored.insert(key, Arc::clone(&stored), bytes);
        Ok(stored)
    }

    /// The frames of a pool that each disk needs; equal parts of what several do.
    async fn shares(
        &self,
        pool: &Pool,
        disks: &BTreeMap<DiskId, Vec<&SnapshotRow>>,
    ) -> Result<BTreeMap<DiskId, u64>, Error> {
        let objects = self.objects(pool, Scope::Shared).await?;
        let mut needs = Vec::new();
        for (disk, rows) in disks {
            let mut marks = Marks::default();
            for row in rows {
                mark_shared(&mut marks, &objects, row).await?;
            }
            needs.push((*disk, marks));
        }
        let mut by_sharers: BTreeMap<Vec<DiskId>, u64> = BTreeMap::new();
        for (_, directory) in Stored::read_packs(&objects).await? {
            for frame in 0..directory.frames.len() {
                let sharers = needs.iter().filter(|(_, marks)| marks.is_live(&directory, frame));
                let sharers = sharers.map(|(disk, _)| *disk).collect();
                *by_sharers.entry(sharers).or_default() += directory.entry_bytes(frame);
            }
        }
        let mut shares = BTreeMap::new();
        for (sharers, bytes) in by_sharers {
            for (&disk, part) in sharers.iter().zip(apportion(bytes, &vec![1; sharers.len()])) {
                *shares.entry(disk).or_default() += part;
            }
        }
        Ok(shares)
    }

    /// A name of the snapshots and of the index segments there are: the same, the same bytes.
    async fn name_of(&self, rows: &[SnapshotRow]) -> Result<[u8; 16], Error> {
        let mut ids: String = rows.iter().map(|row| row.manifest.snapshot_id.to_string()).collect();
        for pool in self.pools.keys() {
            ids.push(' ');
            for segment in self.objects(pool, Scope::Shared).await?.index.segments().iter() {
                ids += &segment.id.to_string();
            }
        }
        Ok(checksum(&[ids.as_bytes()]))
    }
}
