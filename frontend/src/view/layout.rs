//! Where a disk's cells lie on the map: along a Hilbert curve, or in rows.
//!
//! The map is a square of 2^`order` blocks a side, the smallest that holds the disk. A cell of
//! level ℓ is a square of 2^ℓ blocks a side, so that zooming in shows more and moves nothing.

use std::{fmt, ops::Range, str::FromStr};

use shared::{
    ByteSize,
    heatmap::{MAX_LEVEL, TILE_CELLS, cell_bytes},
};

use super::hilbert::{self, Turn};

/// Cells of a side of a tile, as a power of two.
const TILE_ORDER: u8 = 8;

/// How cells are laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Along a Hilbert curve: what is near on the disk is near on the map.
    #[default]
    Hilbert,
    /// Left to right, then down, as text; a cell that is zoomed into is a page of its own.
    Rows,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hilbert => "hilbert",
            Self::Rows => "rows",
        })
    }
}

/// Text that is no layout.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no layout: use hilbert or rows")]
pub struct ParseLayoutError(String);

impl FromStr for Layout {
    type Err = ParseLayoutError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "hilbert" => Ok(Self::Hilbert),
            "rows" => Ok(Self::Rows),
            _ => Err(ParseLayoutError(text.to_owned())),
        }
    }
}

/// A rectangle of cells of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellRect {
    /// Cells to the left of it.
    pub x: u32,
    /// Cells above it.
    pub y: u32,
    /// Cells across.
    pub width: u32,
    /// Cells down.
    pub height: u32,
}

impl CellRect {
    const fn scaled(self, by: u8) -> Self {
        let Self { x, y, width, height } = self;
        Self { x: x << by, y: y << by, width: width << by, height: height << by }
    }

    /// The least rectangle around both.
    fn join(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }

    const fn moved(self, x: u32, y: u32) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }
    }
}

/// The map of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DiskMap {
    layout: Layout,
    blocks: u64,
    order: u8,
}

impl DiskMap {
    /// The map of a disk of this size.
    pub fn new(layout: Layout, size: ByteSize) -> Self {
        let blocks = size.blocks();
        let order = (0..=21).find(|order| blocks <= 1 << (2 * order)).unwrap_or(21);
        Self { layout, blocks, order }
    }

    /// How cells are laid out.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Width and height of what the disk takes of the map, in blocks.
    pub fn bounds(&self) -> (u32, u32) {
        let side = 1_u32 << self.order;
        let height = match self.layout {
            Layout::Hilbert if self.order > 0 && self.blocks <= 1 << (2 * self.order - 1) => {
                side / 2
            }
            Layout::Hilbert => side,
            Layout::Rows => {
                let level = self.order - self.page_order();
                let cells = self.cells(level);
                (cells.div_ceil(1 << self.page_order()) as u32) << level
            }
        };
        (side, height)
    }

    /// The coarsest level that is drawn.
    pub fn top_level(&self) -> u8 {
        self.order.saturating_sub(TILE_ORDER).min(MAX_LEVEL)
    }

    /// Cells of a level that lie on the disk.
    pub const fn cells(&self, level: u8) -> u64 {
        self.blocks.div_ceil(1 << (2 * level))
    }

    /// Where a cell lies, in cells of its level.
    pub fn point(&self, level: u8, cell: u64) -> (u32, u32) {
        match self.layout {
            Layout::Hilbert => hilbert::point(self.order.saturating_sub(level), cell),
            Layout::Rows => {
                let mut below = self.below_page(level);
                let page = cell >> (2 * below);
                let side = self.page_order();
                let (mut x, mut y) = ((page & ((1 << side) - 1)) as u32, (page >> side) as u32);
                while below > 0 {
                    let step = step(below);
                    below -= step;
                    let part = (cell >> (2 * below)) as u32;
                    let mask = (1 << step) - 1;
                    (x, y) = (x << step | part & mask, y << step | part >> step & mask);
                }
                (x, y)
            }
        }
    }

    /// The cell of the disk that lies there, if any.
    pub fn cell_at(&self, level: u8, x: u32, y: u32) -> Option<u64> {
        self.number_at(level, x, y).filter(|&cell| cell < self.cells(level))
    }

    /// The tile that a cell lies in which need not be on the disk, if another of its cells is: the
    /// last tile has its end anywhere.
    pub fn tile_at(&self, level: u8, x: u32, y: u32) -> Option<u64> {
        let tile = self.number_at(level, x, y)? / TILE_CELLS;
        (tile * TILE_CELLS < self.cells(level)).then_some(tile)
    }

    /// The number of the cell that lies there, on the disk or past its end.
    fn number_at(&self, level: u8, x: u32, y: u32) -> Option<u64> {
        let order = self.order.saturating_sub(level);
        if x >> order != 0 || y >> order != 0 {
            return None;
        }
        Some(match self.layout {
            Layout::Hilbert => hilbert::index(order, x, y),
            Layout::Rows => {
                let mut below = self.below_page(level);
                let mut cell = u64::from(y >> below) << self.page_order() | u64::from(x >> below);
                while below > 0 {
                    let step = step(below);
                    below -= step;
                    let mask = (1 << step) - 1;
                    let (x, y) = (u64::from(x >> below & mask), u64::from(y >> below & mask));
                    cell = cell << (2 * step) | y << step | x;
                }
                cell
            }
        })
    }

    /// The rectangle that a tile's cells fill; all tiles of a level are of one size.
    pub fn tile_rect(&self, level: u8, tile: u64) -> CellRect {
        let (width, height) = self.tile_size(level);
        match self.layout {
            Layout::Hilbert => {
                let order = self.order.saturating_sub(level + TILE_ORDER);
                let (x, y) = hilbert::point(order, tile);
                CellRect { x: x * width, y: y * height, width, height }
            }
            Layout::Rows => {
                let (x, y) = self.point(level, tile << (2 * TILE_ORDER));
                CellRect { x, y, width, height }
            }
        }
    }

    /// Width and height of a level's tiles in cells.
    pub fn tile_size(&self, level: u8) -> (u32, u32) {
        let side = self.order.saturating_sub(level).min(TILE_ORDER);
        match self.layout {
            Layout::Hilbert => (1 << side, 1 << side),
            Layout::Rows => match self.below_page(level) {
                0 => (1 << side, 1 << side),
                below => {
                    let step = last_step(below);
                    let pages = 1_u32 << (2 * (TILE_ORDER - step));
                    let across = pages.min(1 << TILE_ORDER);
                    (across << step, (pages / across) << step)
                }
            },
        }
    }

    /// Where each cell of a tile lies in the tile's rectangle, in the order of the disk.
    pub fn tile_points(&self, level: u8, tile: u64) -> impl Iterator<Item = (u32, u32)> + use<> {
        let map = *self;
        let rect = map.tile_rect(level, tile);
        let order = map.order.saturating_sub(level);
        let turn = Turn::of(order.saturating_sub(TILE_ORDER), tile);
        let first = tile << (2 * TILE_ORDER);
        let last = map.cells(level).saturating_sub(first).min(TILE_CELLS);
        (0..last).map(move |cell| match map.layout {
            Layout::Hilbert => turn.point(order.min(TILE_ORDER), cell),
            Layout::Rows => {
                let (x, y) = map.point(level, first + cell);
                (x - rect.x, y - rect.y)
            }
        })
    }

    /// Whether the squares of a coarser level's cells are filled by the cells that they hold, so
    /// that its picture can stand in for that of a finer one.
    pub fn stands_in(&self, coarse: u8, fine: u8) -> bool {
        coarse > fine
            && match self.layout {
                Layout::Hilbert => true,
                Layout::Rows => self.below_page(coarse).is_multiple_of(TILE_ORDER),
            }
    }

    /// Rectangles that make up a run of cells of one level: few, however long the run is.
    pub fn cover(&self, level: u8, run: Range<u64>) -> Vec<CellRect> {
        let mut rects = Vec::new();
        let run = run.start..run.end.min(self.cells(level));
        if run.is_empty() {
            return rects;
        }
        match self.layout {
            Layout::Hilbert => self.cover_squares(level, run, &mut rects),
            Layout::Rows => self.cover_rows(self.below_page(level), run, 0, &mut rects),
        }
        rects
    }

    /// The least rectangle around a run of bytes of the disk, in cells of the level it is told at.
    pub fn around(&self, bytes: Range<u64>) -> Option<(u8, CellRect)> {
        let cells = |level: u8| {
            let cell = cell_bytes(level);
            bytes.start / cell..bytes.end.div_ceil(cell)
        };
        let few = |level: &u8| cells(*level).end - cells(*level).start <= 64;
        let level = (0..self.top_level()).find(few).unwrap_or(self.top_level());
        let rects = self.cover(level, cells(level)).into_iter();
        let rect = rects.reduce(CellRect::join)?;
        Some((level, rect))
    }

    /// Any aligned run of 4^n cells of the curve is a square.
    fn cover_squares(&self, level: u8, run: Range<u64>, rects: &mut Vec<CellRect>) {
        let order = self.order.saturating_sub(level);
        let mut at = run.start;
        while at < run.end {
            let fits = |n: &u8| at.is_multiple_of(1 << (2 * n)) && at + (1 << (2 * n)) <= run.end;
            let side = (0..=order).rev().find(fits).unwrap_or(0);
            let (x, y) = hilbert::point(order - side, at >> (2 * side));
            rects.push(CellRect { x, y, width: 1, height: 1 }.scaled(side));
            at += 1 << (2 * side);
        }
    }

    /// Whole pages are covered as the cells that they are one level of pages up.
    fn cover_rows(&self, below: u8, run: Range<u64>, scale: u8, rects: &mut Vec<CellRect>) {
        if below == 0 {
            let rows = cover_page(self.page_order(), run);
            rects.extend(rows.map(|rect| rect.scaled(scale)));
            return;
        }
        let step = last_step(below);
        let page = 1 << (2 * step);
        let level = self.order - self.page_order() - below;
        let mut partly = |run: Range<u64>| {
            let first = run.start / page * page;
            let (x, y) = self.point(level, first);
            let rows = cover_page(step, run.start - first..run.end - first);
            rects.extend(rows.map(|rect| rect.moved(x, y).scaled(scale)));
        };
        let (first, last) = (run.start.div_ceil(page), run.end / page);
        if first > last {
            partly(run);
            return;
        }
        if run.start < first * page {
            partly(run.start..first * page);
        }
        if last * page < run.end {
            partly(last * page..run.end);
        }
        if first < last {
            self.cover_rows(below - step, first..last, scale + step, rects);
        }
    }

    /// Cells of a side of the first page of rows, as a power of two.
    fn page_order(&self) -> u8 {
        self.order.min(TILE_ORDER)
    }

    /// How many levels a level lies below the one whose cells make up the first page.
    fn below_page(&self, level: u8) -> u8 {
        (self.order - self.page_order()).saturating_sub(level)
    }
}

/// By how many levels the next page of rows is finer, when so many are left.
fn step(below: u8) -> u8 {
    below.min(TILE_ORDER)
}

/// By how many levels the last page of rows is finer, of so many in all.
fn last_step(below: u8) -> u8 {
    (below - 1) % TILE_ORDER + 1
}

/// A run of cells of a page of 2^`order` cells a side, as the rows it begins, fills and ends in.
fn cover_page(order: u8, run: Range<u64>) -> impl Iterator<Item = CellRect> {
    let side = 1_u64 << order;
    let (first, last) = (run.start.div_ceil(side), run.end / side);
    let row = |run: Range<u64>| CellRect {
        x: (run.start % side) as u32,
        y: (run.start / side) as u32,
        width: (run.end - run.start) as u32,
        height: 1,
    };
    let whole = CellRect {
        x: 0,
        y: first as u32,
        width: side as u32,
        height: last.saturating_sub(first) as u32,
    };
    let rects = if first > last {
        [Some(row(run)), None, None]
    } else {
        let (begun, ended) = (run.start..first * side, last * side..run.end);
        [
            (!begun.is_empty()).then(|| row(begun)),
            (first < last).then_some(whole),
            (!ended.is_empty()).then(|| row(ended)),
        ]
    };
    rects.into_iter().flatten()
}

#[cfg(test)]
mod tests;
