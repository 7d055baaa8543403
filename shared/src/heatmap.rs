//! Tiles of a heatmap: 65 536 cells of a disk, one byte each, at one of ten levels of detail.
//!
//! A cell of level ℓ covers 4 KiB × 4^ℓ of the disk, so that a cell is four of the level below,
//! and a tile is a square of 256 × 256 along a Hilbert curve, or in rows. Values are 0 for nothing
//! and else 1 to 255; what 255 stands for is in the header.
//!
//! From level 4 on, where a cell is four chunks of 256 KiB or more, what a snapshot holds is
//! counted in chunks: `allocated`, `changed` without a `from`, and `shared` take a chunk that holds
//! anything for full. `changed` between two snapshots, `count` and `age` are exact at every level.
//!
//! ```text
//! 0   1  version, 1
//! 1   1  level
//! 2   1  encoding: 0 empty (all zeros), 1 full (all 255), 2 bits, 3 bytes
//! 3   1  metric
//! 4   4  cells that lie on the disk; those after them are 0
//! 8   8  what 255 stands for: blocks in a cell, a count, or seconds; see the metric
//! 16     encoding 2: a bit a cell (0 or 255), the lowest of a byte first; 3: a byte a cell
//! ```
//! Integers are little-endian.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{BLOCK_BYTES, ByteSize};

/// Cells in a tile.
pub const TILE_CELLS: u64 = 65_536;

/// The coarsest level: a cell is 1 GiB.
pub const MAX_LEVEL: u8 = 9;

/// Length of a tile's header in bytes.
pub const TILE_HEADER: usize = 16;

/// The media type of a tile.
pub const TILE_MEDIA_TYPE: &str = "application/vnd.skikt.tile";

/// What a heatmap shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// How many blocks of the cell differ between `from` and `to`; 255: all of them. Without
    /// `from` it is `allocated`.
    Changed,
    /// In how many snapshots after `from` up to `to` the cell changed, each against the one before
    /// it, the first against nothing; 255: in all of them.
    Count,
    /// When the cell last changed between `from` (left out: the first snapshot) and `to`, linear in
    /// time; 255: at `to`, 1: right after `from`.
    Age,
    /// How many blocks of the cell hold data in `to`; 255: all of them.
    Allocated,
    /// How many blocks that hold data in `to` are the same in the snapshot before or after it, so
    /// that deleting `to` would not free them; 255: all of the cell's. From level 4 on a chunk
    /// counts if all its blocks are.
    Shared,
}

/// Text that is no metric.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no heatmap: use changed, count, age, allocated or shared")]
pub struct ParseMetricError(String);

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 5] =
        [Self::Changed, Self::Count, Self::Age, Self::Allocated, Self::Shared];

    /// The metric as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Count => "count",
            Self::Age => "age",
            Self::Allocated => "allocated",
            Self::Shared => "shared",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Metric {
    type Err = ParseMetricError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|metric| metric.as_str() == text);
        found.ok_or_else(|| ParseMetricError(text.to_owned()))
    }
}

/// Bytes of the disk that a cell of a level covers.
pub const fn cell_bytes(level: u8) -> u64 {
    BLOCK_BYTES << (2 * level)
}

/// Bytes of the disk that a tile of a level covers.
pub const fn tile_bytes(level: u8) -> u64 {
    cell_bytes(level) * TILE_CELLS
}

/// The finest level at which a whole disk is one tile; the coarsest there is for larger ones.
pub fn whole_level(size: ByteSize) -> u8 {
    (0..MAX_LEVEL).find(|&level| size.bytes() <= tile_bytes(level)).unwrap_or(MAX_LEVEL)
}

/// The byte for `value` of at most `full`: 0 for 0, else on a scale of logarithms from 1 to 255,
/// so that one block of a large cell can be seen.
pub fn quantize(value: u64, full: u64) -> u8 {
    if value == 0 {
        return 0;
    }
    if value >= full {
        return 255;
    }
    let share = (value as f64).ln_1p() / (full as f64).ln_1p();
    (1.0 + 254.0 * share).round().clamp(1.0, 254.0) as u8
}

/// The value that a byte stands for, about: the inverse of [`quantize`].
pub fn dequantize(byte: u8, full: u64) -> u64 {
    match byte {
        0 => 0,
        255 => full,
        byte => {
            let share = (f64::from(byte) - 1.0) / 254.0;
            let value = (share * (full as f64).ln_1p()).exp_m1().round() as u64;
            value.clamp(1, full.saturating_sub(1).max(1))
        }
    }
}

/// A tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// The level of detail, 0 (4 KiB a cell) to 9.
    pub level: u8,
    /// What it shows.
    pub metric: Metric,
    /// Cells that lie on the disk, at most [`TILE_CELLS`].
    pub cells: u32,
    /// What 255 stands for.
    pub full: u64,
    /// A byte for each cell that lies on the disk.
    pub values: Vec<u8>,
}

/// Bytes that are no tile.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the tile's {0} is not what it must be")]
pub struct TileError(&'static str);

impl Tile {
    /// The tile as it crosses the wire.
    pub fn encode(&self) -> Vec<u8> {
        let binary = self.values.iter().all(|&value| value == 0 || value == 255);
        let encoding = match () {
            () if self.values.iter().all(|&value| value == 0) => 0,
            () if self.values.iter().all(|&value| value == 255) => 1,
            () if binary => 2,
            () => 3,
        };
        let metric = Metric::ALL.iter().position(|&metric| metric == self.metric);
        let mut bytes = vec![1, self.level, encoding, metric.map_or(0, |at| at as u8)];
        bytes.extend_from_slice(&self.cells.to_le_bytes());
        bytes.extend_from_slice(&self.full.to_le_bytes());
        match encoding {
            2 => bytes.extend(self.values.chunks(8).map(|cells| {
                let bit = |(at, &value): (usize, &u8)| u8::from(value != 0) << at;
                cells.iter().enumerate().map(bit).sum::<u8>()
            })),
            3 => bytes.extend_from_slice(&self.values),
            _ => {}
        }
        bytes
    }

    /// The tile that crossed the wire.
    pub fn decode(bytes: &[u8]) -> Result<Self, TileError> {
        let (header, payload) =
            bytes.split_first_chunk::<TILE_HEADER>().ok_or(TileError("length"))?;
        let [version, level, encoding, metric, c0, c1, c2, c3, full @ ..] = *header;
        if version != 1 {
            return Err(TileError("version"));
        }
        if level > MAX_LEVEL {
            return Err(TileError("level"));
        }
        let metric = *Metric::ALL.get(usize::from(metric)).ok_or(TileError("metric"))?;
        let cells = u32::from_le_bytes([c0, c1, c2, c3]);
        if u64::from(cells) > TILE_CELLS {
            return Err(TileError("count of cells"));
        }
        let count = cells as usize;
        let values = match (encoding, payload.len()) {
            (0, 0) => vec![0; count],
            (1, 0) => vec![255; count],
            (2, length) if length == count.div_ceil(8) => {
                (0..count).map(|at| (payload[at / 8] >> (at % 8) & 1) * 255).collect()
            }
            (3, length) if length == count => payload.to_vec(),
            _ => return Err(TileError("payload")),
        };
        Ok(Self { level, metric, cells, full: u64::from_le_bytes(full), values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_reads_what_it_writes() {
        for values in [vec![0; 9], vec![255; 9], vec![0, 255, 0, 255, 0, 0, 0, 0, 255], vec![3; 9]]
        {
            let tile = Tile { level: 3, metric: Metric::Age, cells: 9, full: 64, values };
            assert_eq!(Tile::decode(&tile.encode()), Ok(tile));
        }
        assert!(Tile::decode(&[1; 15]).is_err());
        assert!(Tile::decode(&[1; 17]).is_err());
    }

    #[test]
    fn the_scale_keeps_zero_and_the_top_apart_from_the_rest() {
        assert_eq!(quantize(0, 64), 0);
        assert_eq!(quantize(64, 64), 255);
        assert_eq!(quantize(1, 1), 255);
        for full in [2, 64, 262_144] {
            assert!((1..255).contains(&quantize(1, full)));
            assert!((1..255).contains(&quantize(full - 1, full)));
        }
        assert_eq!(dequantize(quantize(17, 64), 64), 17);
    }

    #[test]
    fn a_whole_disk_is_one_tile_up_to_64_tib() {
        let level = |bytes| whole_level(ByteSize::new(bytes).unwrap());
        assert_eq!(level(256 << 20), 0);
        assert_eq!(level((256 << 20) + 512), 1);
        assert_eq!(level(32 << 40), 9);
    }
}
