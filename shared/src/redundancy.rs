//! Where bytes are kept and how often: storage SKUs and pools.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Name;

/// A storage SKU: a speed class with a redundancy, spelled as Azure spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Sku {
    /// Standard storage, one copy in one zone's store.
    #[serde(rename = "Standard_LRS")]
    StandardLrs,
    /// Standard storage, one copy in each of three zones.
    #[serde(rename = "Standard_ZRS")]
    StandardZrs,
    /// Premium storage, one copy in one zone's store.
    #[serde(rename = "Premium_LRS")]
    PremiumLrs,
}

/// Text that is no SKU.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a storage SKU: use Standard_LRS, Standard_ZRS or Premium_LRS")]
pub struct ParseSkuError(String);

impl Sku {
    /// Every SKU.
    pub const ALL: [Self; 3] = [Self::StandardLrs, Self::StandardZrs, Self::PremiumLrs];

    /// The SKU as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StandardLrs => "Standard_LRS",
            Self::StandardZrs => "Standard_ZRS",
            Self::PremiumLrs => "Premium_LRS",
        }
    }

    /// How many zones hold a copy.
    pub const fn copies(self) -> usize {
        match self {
            Self::StandardLrs | Self::PremiumLrs => 1,
            Self::StandardZrs => 3,
        }
    }

    /// How many zones must hold an object before it counts as written.
    pub const fn quorum(self) -> usize {
        match self {
            Self::StandardLrs | Self::PremiumLrs => 1,
            Self::StandardZrs => 2,
        }
    }

    /// Whether incremental snapshots may be kept on it: they are always on standard storage.
    pub const fn takes_incrementals(self) -> bool {
        match self {
            Self::StandardLrs | Self::StandardZrs => true,
            Self::PremiumLrs => false,
        }
    }
}

impl FromStr for Sku {
    type Err = ParseSkuError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|sku| sku.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| ParseSkuError(text.to_owned()))
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A pool: the unit of storage, deduplication, garbage collection and price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The region whose zones hold the pool.
    pub region: Name,
    /// The storage of the pool.
    pub sku: Sku,
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.sku)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_spelled_one_way_and_read_in_any_case() {
        for sku in Sku::ALL {
            assert_eq!(sku.as_str().to_lowercase().parse::<Sku>().unwrap(), sku);
            assert_eq!(serde_json::to_value(sku).unwrap(), sku.as_str());
        }
        assert!("UltraSSD_LRS".parse::<Sku>().is_err());
    }
}
