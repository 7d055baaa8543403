//! What snapshots cost, and what full ones would: bytes that are stored, and money by price sheet.

mod apportion;
mod days;
mod stored;

use std::{cmp::Reverse, collections::BTreeMap};

use shared::{CostFigures, Costs, DiskCost, DiskId, Name, PriceSheet, Sku};

use self::{apportion::apportion, days::days};
use crate::{catalog::SnapshotRow, engine::Engine, error::Error, insight::StoredBytes};

/// Bytes that are stored, that full snapshots would take, and that their disks have.
type Sizes = [u64; 3];

impl Engine {
    /// What all snapshots cost and save by a price sheet, by disk and by day. Disks that were
    /// detached count as long as they have snapshots.
    pub async fn costs(&self, sheet: &PriceSheet) -> Result<Costs, Error> {
        let rows = self.catalog.snapshots(None).await?;
        let stored = self.stored_bytes(&rows).await?;
        let mut lines: BTreeMap<DiskId, DiskCost> = BTreeMap::new();
        for (disk_id, disk_name) in self.disk_names(&rows).await? {
            lines.insert(disk_id, DiskCost { disk_id, disk_name, figures: CostFigures::default() });
        }
        for (sku, disks) in sizes_by_sku(&rows, &stored) {
            price(sku, &disks, sheet, &mut lines);
        }
        for row in &rows {
            if let Some(line) = lines.get_mut(&row.manifest.disk_id) {
                line.figures.snapshot_count += 1;
            }
        }
        let mut disks: Vec<DiskCost> = lines.into_values().collect();
        disks.sort_by_key(|line| Reverse((line.figures.cost_micros, line.figures.stored_bytes)));
        Ok(Costs {
            price_sheet: sheet.clone(),
            total: disks.iter().fold(CostFigures::default(), |sum, line| plus(sum, line.figures)),
            disks,
            days: days(&rows, self.options.clock.now()),
        })
    }

    /// The disks that have snapshots, with the names they have or had last.
    async fn disk_names(&self, rows: &[SnapshotRow]) -> Result<BTreeMap<DiskId, Name>, Error> {
        let names = rows.iter().map(|row| (row.manifest.disk_id, row.manifest.disk_name.clone()));
        let mut names: BTreeMap<DiskId, Name> = names.collect();
        for row in self.catalog.disks().await? {
            if let Some(name) = names.get_mut(&row.record.disk_id) {
                *name = row.record.name;
            }
        }
        Ok(names)
    }
}

/// The bytes of each disk's snapshots on each storage.
fn sizes_by_sku(rows: &[SnapshotRow], stored: &StoredBytes) -> BTreeMap<Sku, Vec<(DiskId, Sizes)>> {
    let mut sizes: BTreeMap<(DiskId, Sku), Sizes> = BTreeMap::new();
    for (&key, &bytes) in stored {
        sizes.insert(key, [bytes, 0, 0]);
    }
    for row in rows {
        let manifest = &row.manifest;
        let [_, full, provisioned] =
            sizes.entry((manifest.disk_id, manifest.pool.sku)).or_default();
        // Disks of holes are as large as they like.
        *full = full.saturating_add(manifest.allocated_bytes);
        *provisioned = provisioned.saturating_add(manifest.size_bytes.bytes());
    }
    let mut by_sku: BTreeMap<Sku, Vec<_>> = BTreeMap::new();
    for ((disk, sku), sizes) in sizes {
        by_sku.entry(sku).or_default().push((disk, sizes));
    }
    by_sku
}

/// Adds bytes on one storage and their price to the disks' lines. The price is that of the sum,
/// divided: the lines add up to what a bill would say.
fn price(
    sku: Sku,
    disks: &[(DiskId, Sizes)],
    sheet: &PriceSheet,
    lines: &mut BTreeMap<DiskId, DiskCost>,
) {
    let money = [0, 1, 2].map(|of| {
        let bytes: Vec<u64> = disks.iter().map(|(_, sizes)| sizes[of]).collect();
        apportion(sheet.micros_per_month(sku, sum(&bytes)), &bytes)
    });
    for (at, (disk, [stored, full, provisioned])) in disks.iter().enumerate() {
        let figures = CostFigures {
            snapshot_count: 0,
            stored_bytes: *stored,
            full_bytes: *full,
            provisioned_bytes: *provisioned,
            cost_micros: money[0][at],
            full_cost_micros: money[1][at],
            provisioned_cost_micros: money[2][at],
        };
        if let Some(line) = lines.get_mut(disk) {
            line.figures = plus(line.figures, figures);
        }
    }
}

fn sum(bytes: &[u64]) -> u64 {
    bytes.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
}

fn plus(left: CostFigures, right: CostFigures) -> CostFigures {
    CostFigures {
        snapshot_count: left.snapshot_count + right.snapshot_count,
        stored_bytes: left.stored_bytes.saturating_add(right.stored_bytes),
        full_bytes: left.full_bytes.saturating_add(right.full_bytes),
        provisioned_bytes: left.provisioned_bytes.saturating_add(right.provisioned_bytes),
        cost_micros: left.cost_micros + right.cost_micros,
        full_cost_micros: left.full_cost_micros + right.full_cost_micros,
        provisioned_cost_micros: left.provisioned_cost_micros + right.provisioned_cost_micros,
    }
}
