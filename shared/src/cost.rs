//! What snapshots cost and save, in integers: money is in millionths of a currency unit.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{DiskId, Name, Sku};

/// What a gibibyte costs a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceSheet {
    /// ISO 4217: `USD`.
    pub currency: String,
    /// Of which day the prices are.
    #[serde(deserialize_with = "crate::moment::read_day")]
    pub dated: Date,
    /// Where they are from.
    pub source: String,
    /// Each SKU's price.
    pub prices: Vec<Price>,
}

/// The price of one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The storage.
    pub sku: Sku,
    /// Millionths of the currency for a GiB (2^30 bytes, one copy counted) and a month.
    pub micros_per_gib_month: u64,
}

impl PriceSheet {
    /// Azure's prices of snapshots in East US, as its price list gave them.
    pub fn azure_east_us() -> Self {
        let price = |sku, micros_per_gib_month| Price { sku, micros_per_gib_month };
        Self {
            currency: "USD".to_owned(),
            dated: Date::constant(2026, 7, 24),
            source: "Azure retail prices, East US, managed disk snapshots".to_owned(),
            prices: vec![
                price(Sku::StandardLrs, 50_000),
                price(Sku::StandardZrs, 50_000),
                price(Sku::PremiumLrs, 132_000),
            ],
        }
    }

    /// What so many bytes on a SKU cost a month, in millionths, rounded half up; 0 where the sheet
    /// has no price.
    pub fn micros_per_month(&self, sku: Sku, bytes: u64) -> u64 {
        let price = self.prices.iter().find(|price| price.sku == sku);
        let micros = price.map_or(0, |price| price.micros_per_gib_month);
        let total = u128::from(bytes) * u128::from(micros) + (1 << 29);
        u64::try_from(total >> 30).unwrap_or(u64::MAX)
    }
}

/// What snapshots cost and save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Costs {
    /// The prices that were used.
    pub price_sheet: PriceSheet,
    /// All of it.
    pub total: CostFigures,
    /// The same by disk, the dearest first; sums to the total.
    pub disks: Vec<DiskCost>,
    /// What was stored and what full snapshots would have taken, by day (UTC), oldest first.
    pub days: Vec<CostDay>,
}

/// Bytes and money, beside what they would be without incremental snapshots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CostFigures {
    /// Snapshots that are counted.
    pub snapshot_count: u64,
    /// Stored bytes that live snapshots need, one copy; what several disks share, in parts.
    pub stored_bytes: u64,
    /// What as many full snapshots would store at their used size, uncompressed.
    pub full_bytes: u64,
    /// What they would store at the disks' provisioned size.
    pub provisioned_bytes: u64,
    /// What `stored_bytes` cost a month, in millionths.
    pub cost_micros: u64,
    /// What `full_bytes` would cost a month.
    pub full_cost_micros: u64,
    /// What `provisioned_bytes` would cost a month.
    pub provisioned_cost_micros: u64,
}

impl CostFigures {
    /// Millionths saved a month against full snapshots at used size.
    pub const fn saved_micros(&self) -> u64 {
        self.full_cost_micros.saturating_sub(self.cost_micros)
    }
}

/// What one disk's snapshots cost and save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiskCost {
    /// The disk.
    pub disk_id: DiskId,
    /// Its name.
    pub disk_name: Name,
    /// The figures.
    #[serde(flatten)]
    pub figures: CostFigures,
}

/// How much was kept at the end of a day, of the snapshots that are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CostDay {
    /// The day's end; of today, now.
    #[serde(deserialize_with = "crate::moment::read")]
    pub at: Timestamp,
    /// Snapshots by then.
    pub snapshot_count: u64,
    /// What they had stored.
    pub stored_bytes: u64,
    /// What full ones would have.
    pub full_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_exact_to_the_millionth() {
        let sheet = PriceSheet::azure_east_us();
        assert_eq!(sheet.micros_per_month(Sku::StandardLrs, 120 << 30), 6_000_000);
        assert_eq!(sheet.micros_per_month(Sku::StandardZrs, 220 << 30), 11_000_000);
        assert_eq!(sheet.micros_per_month(Sku::PremiumLrs, 1 << 30), 132_000);
        assert_eq!(sheet.micros_per_month(Sku::StandardLrs, u64::MAX), 858_993_459_200_000);
    }
}
