//! Heatmaps: tiles that show where a disk changed, how often, when, and what it holds.
//!
//! A tile is a sum over lists that are kept: the chunks in which two neighbouring snapshots
//! differ, and what a snapshot holds. From level 4 on, where a cell is four chunks or more, what
//! it holds is counted in chunks, so that a whole disk's tile reads leaf nodes and nothing below.

mod common;
mod grid;

use std::ops::Range;

use shared::{
    BLOCKS_PER_CHUNK, SnapshotId,
    heatmap::{MAX_LEVEL, Metric, Tile, quantize},
};

use self::grid::{CHUNK_LEVEL, Grid};
use crate::{catalog::SnapshotRow, engine::Engine, error::Error, family::Family};

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileRequest {
    /// What it shows.
    pub metric: Metric,
    /// The level of detail, 0 to 9.
    pub level: u8,
    /// Its number, counted from the disk's start.
    pub tile: u64,
    /// The snapshot that it starts after; `None`: before the first, from nothing.
    pub from: Option<SnapshotId>,
    /// The snapshot that it ends with; `None`: the newest.
    pub to: Option<SnapshotId>,
}

impl Engine {
    /// A tile of a disk's heatmap; a detached disk is found by its id.
    pub async fn tile(&self, disk: &str, request: TileRequest) -> Result<Tile, Error> {
        let level = request.level;
        if level > MAX_LEVEL {
            return Err(Error::Request(format!("there is no level {level}: use 0 to {MAX_LEVEL}")));
        }
        loop {
            let family = self.family(disk).await?;
            match self.tile_of(&family, request).await {
                // One of the snapshots may have been deleted and collected meanwhile.
                Err(Error::Store(error))
                    if error.is_damage()
                        && self.family(disk).await?.revision != family.revision => {}
                tile => return tile,
            }
        }
    }

    async fn tile_of(&self, family: &Family, request: TileRequest) -> Result<Tile, Error> {
        let TileRequest { metric, level, tile, from, to } = request;
        let span = family.span(from, to)?;
        let first = span.start.checked_sub(1).map(|at| &family.rows[at]);
        let last = span.end.checked_sub(1).map(|at| &family.rows[at]);
        let mut size = last.map_or(family.size, |row| row.manifest.size_bytes);
        if let (Metric::Changed, Some(row)) = (metric, first) {
            size = size.max(row.manifest.size_bytes);
        }
        let grid = Grid::new(level, tile, size);
        let blocks = grid.blocks_per_cell();
        let (full, values) = match metric {
            Metric::Changed => match (first, last) {
                (Some(base), Some(target)) => {
                    (blocks, scaled(&self.changed(base, target, &grid).await?, blocks))
                }
                _ => (blocks, scaled(&self.allocated(last, &grid).await?, blocks)),
            },
            Metric::Allocated => (blocks, scaled(&self.allocated(last, &grid).await?, blocks)),
            Metric::Shared => {
                (blocks, scaled(&self.in_common(family, span.end, &grid).await?, blocks))
            }
            Metric::Count => {
                let full = span.len() as u64;
                (full, scaled(&self.counted(family, span, &grid).await?, full))
            }
            Metric::Age => self.aged(family, span, &grid).await?,
        };
        Ok(Tile { level, metric, cells: values.len() as u32, full, values })
    }

    /// How many blocks of each cell differ.
    async fn changed(
        &self,
        base: &SnapshotRow,
        target: &SnapshotRow,
        grid: &Grid,
    ) -> Result<Vec<u64>, Error> {
        let mut cells = vec![0; grid.len()];
        for chunk in self.changes_between(base, target, &grid.chunks()).await?.chunks() {
            let blocks = chunk.maps.changed | chunk.maps.cleared;
            grid.blocks(chunk.index.0, blocks, |cell, count| cells[cell] += count);
        }
        Ok(cells)
    }

    /// How many blocks of each cell hold data, or are in chunks that are there.
    async fn allocated(&self, row: Option<&SnapshotRow>, grid: &Grid) -> Result<Vec<u64>, Error> {
        let mut cells = vec![0; grid.len()];
        let Some(row) = row else { return Ok(cells) };
        let view = self.view(row).await?;
        if grid.level > CHUNK_LEVEL {
            let add = |set, chunks| {
                grid.chunk_set(set, chunks, |cell, count| cells[cell] += count * BLOCKS_PER_CHUNK);
            };
            self.chunks_in(&view, &grid.chunks(), add).await?;
        } else {
            let add = |chunk, blocks| grid.blocks(chunk, blocks, |cell, n| cells[cell] += n);
            self.blocks_in(&view, &grid.chunks(), add).await?;
        }
        Ok(cells)
    }

    /// How often each cell changed.
    async fn counted(
        &self,
        family: &Family,
        span: Range<usize>,
        grid: &Grid,
    ) -> Result<Vec<u64>, Error> {
        let mut counts = vec![0; grid.len()];
        // Whose change was counted last: a cell of many chunks counts once a snapshot.
        let mut last = vec![None; grid.len()];
        for at in span {
            let count = |cell: usize| {
                if last[cell].replace(at) != Some(at) {
                    counts[cell] += 1;
                }
            };
            self.touched(family, at, grid, count).await?;
        }
        Ok(counts)
    }

    /// When each cell changed last, from 1 at the start of the span to 255 at its end; before it,
    /// the seconds of the span.
    async fn aged(
        &self,
        family: &Family,
        span: Range<usize>,
        grid: &Grid,
    ) -> Result<(u64, Vec<u8>), Error> {
        let time = |at: usize| family.rows[at].manifest.created_at.as_microsecond();
        let Some(end) = span.end.checked_sub(1).map(time) else {
            return Ok((0, vec![0; grid.len()]));
        };
        let start = time(span.start.saturating_sub(1));
        let length = end.saturating_sub(start).max(0) as u64;
        let mut values = vec![0; grid.len()];
        for at in span {
            let since = time(at).saturating_sub(start).max(0) as u64;
            let value = (254 * since.min(length) + length / 2).checked_div(length);
            let value = value.map_or(255, |value| 1 + value as u8);
            self.touched(family, at, grid, |cell| values[cell] = value).await?;
        }
        Ok((length / 1_000_000, values))
    }

    /// Tells the cells in which a snapshot differs from the one before it, some of them often.
    async fn touched(
        &self,
        family: &Family,
        at: usize,
        grid: &Grid,
        mut each: impl FnMut(usize) + Send,
    ) -> Result<(), Error> {
        let row = &family.rows[at];
        let window = grid.chunks();
        if let Some(before) = at.checked_sub(1).map(|at| &family.rows[at]) {
            for chunk in self.changes_between(before, row, &window).await?.chunks() {
                let blocks = chunk.maps.changed | chunk.maps.cleared;
                grid.blocks(chunk.index.0, blocks, |cell, _| each(cell));
            }
            return Ok(());
        }
        // Against nothing, a chunk that is there has changed.
        let view = self.view(row).await?;
        if grid.level >= CHUNK_LEVEL {
            let tell = |set, chunks| grid.chunk_set(set, chunks, |cell, _| each(cell));
            self.chunks_in(&view, &window, tell).await
        } else {
            let tell = |chunk, blocks| grid.blocks(chunk, blocks, |cell, _| each(cell));
            self.blocks_in(&view, &window, tell).await
        }
    }
}

fn scaled(counts: &[u64], full: u64) -> Vec<u8> {
    counts.iter().map(|&count| quantize(count, full)).collect()
}
