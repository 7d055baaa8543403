//! The window onto a disk's map: where it is, how far it is zoomed in, and what it shows.

use std::{fmt, str::FromStr};

use super::{
    layout::{CellRect, DiskMap},
    order,
};

/// Steps of zoom in which everything doubles.
pub const STEPS_PER_DOUBLING: i32 = 16;

/// A cell is drawn at least so large, in CSS pixels.
const MIN_CELL: f64 = 2.0;

/// A single block is drawn at most about so large.
const MAX_BLOCK: f64 = 40.0;

/// Where a window is, as it stands in an address: `ZOOM.X.Y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Steps of zoom; at 0 the whole disk is seen.
    pub zoom: i32,
    /// The window's middle, in blocks from the map's left.
    pub x: u32,
    /// The window's middle, in blocks from the map's top.
    pub y: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.zoom, self.x, self.y)
    }
}

/// Text that is no place of a map.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no place of a map: use ZOOM.X.Y")]
pub struct ParsePlaceError(String);

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParsePlaceError(text.to_owned());
        let mut parts = text.split('.');
        let mut part = || parts.next().and_then(|part| part.parse::<u32>().ok()).ok_or_else(error);
        let place = Self { zoom: part()?.min(10_000) as i32, x: part()?, y: part()? };
        if parts.next().is_some() { Err(error()) } else { Ok(place) }
    }
}

/// A rectangle of the window in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScreenRect {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}

/// A window of `width` × `height` CSS pixels onto a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Viewport {
    map: DiskMap,
    width: f64,
    height: f64,
    zoom: i32,
    x: f64,
    y: f64,
}

impl Viewport {
    /// A window at a place, or onto all of the disk.
    pub fn new(map: DiskMap, width: f64, height: f64, place: Option<Place>) -> Self {
        let (width, height) = (width.max(1.0), height.max(1.0));
        let (across, down) = map.bounds();
        let (x, y) = match place {
            Some(place) => (f64::from(place.x), f64::from(place.y)),
            None => (f64::from(across) / 2.0, f64::from(down) / 2.0),
        };
        let zoom = place.map_or(0, |place| place.zoom);
        Self { map, width, height, zoom, x, y }.clamped()
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        Place { zoom: self.zoom, x: self.x.round() as u32, y: self.y.round() as u32 }
    }

    /// The map that is seen.
    pub const fn map(&self) -> DiskMap {
        self.map
    }

    /// CSS pixels that a block's side takes.
    pub fn scale(&self) -> f64 {
        self.fit() * (f64::from(self.zoom) / f64::from(STEPS_PER_DOUBLING)).exp2()
    }

    /// CSS pixels that the side of a level's cell takes.
    pub fn cell(&self, level: u8) -> f64 {
        self.scale() * f64::from(1_u32 << level)
    }

    /// The level that is drawn: the finest whose cells can be told apart.
    pub fn level(&self) -> u8 {
        let top = self.map.top_level();
        (0..top).find(|&level| self.cell(level) >= MIN_CELL).unwrap_or(top)
    }

    /// Whether it cannot be zoomed in any further.
    pub fn is_closest(&self) -> bool {
        self.zoom >= self.max_zoom()
    }

    /// Whether all of the disk is seen.
    pub const fn is_whole(&self) -> bool {
        self.zoom == 0
    }

    /// Zoomed by some steps, with what is at a point of the window kept there.
    #[must_use]
    pub fn zoomed(self, steps: i32, x: f64, y: f64) -> Self {
        let zoom = (self.zoom + steps).clamp(0, self.max_zoom());
        let (at_x, at_y) = self.blocks_at(x, y);
        let mut next = Self { zoom, ..self };
        let scale = next.scale();
        next.x = at_x - (x - self.width / 2.0) / scale;
        next.y = at_y - (y - self.height / 2.0) / scale;
        next.clamped()
    }

    /// Zoomed by some steps about its middle.
    #[must_use]
    pub fn zoomed_in(self, steps: i32) -> Self {
        self.zoomed(steps, self.width / 2.0, self.height / 2.0)
    }

    /// Dragged by some pixels.
    #[must_use]
    pub fn dragged(self, dx: f64, dy: f64) -> Self {
        let scale = self.scale();
        Self { x: self.x - dx / scale, y: self.y - dy / scale, ..self }.clamped()
    }

    /// Moved as little as shows a rectangle of a level's cells, with some room around it.
    #[must_use]
    pub fn showing(self, level: u8, rect: CellRect) -> Self {
        let on_screen = self.on_screen(level, rect);
        let room = 24.0_f64.min(self.width / 4.0).min(self.height / 4.0);
        let shift = |at: f64, length: f64, window: f64| {
            if at < room { room - at } else { (window - room - at - length).min(0.0) }
        };
        let dx = shift(on_screen.x, on_screen.width, self.width);
        let dy = shift(on_screen.y, on_screen.height, self.height);
        self.dragged(dx, dy)
    }

    /// Zoomed and moved so that a rectangle of a level's cells fills about half of it.
    #[must_use]
    pub fn onto(self, level: u8, rect: CellRect) -> Self {
        let side = f64::from(1_u32 << level);
        let (width, height) = (f64::from(rect.width) * side, f64::from(rect.height) * side);
        let fits = (self.width / width).min(self.height / height) / 2.0 / self.fit();
        let zoom = (fits.log2() * f64::from(STEPS_PER_DOUBLING)).floor() as i32;
        let x = f64::from(rect.x) * side + width / 2.0;
        let y = f64::from(rect.y) * side + height / 2.0;
        Self { zoom, x, y, ..self }.clamped()
    }

    /// Where a rectangle of a level's cells is seen.
    pub fn on_screen(&self, level: u8, rect: CellRect) -> ScreenRect {
        let cell = self.cell(level);
        let scale = self.scale();
        ScreenRect {
            x: self.width / 2.0 - self.x * scale + f64::from(rect.x) * cell,
            y: self.height / 2.0 - self.y * scale + f64::from(rect.y) * cell,
            width: f64::from(rect.width) * cell,
            height: f64::from(rect.height) * cell,
        }
    }

    /// The cell of the drawn level at a point of the window.
    pub fn cell_at(&self, x: f64, y: f64) -> Option<u64> {
        let level = self.level();
        let (x, y) = self.blocks_at(x, y);
        if x < 0.0 || y < 0.0 {
            return None;
        }
        self.map.cell_at(level, x as u32 >> level, y as u32 >> level)
    }

    /// Tiles of a level that are at least partly seen, the nearest to the middle first.
    pub fn tiles(&self, level: u8) -> Vec<u64> {
        let (width, height) = self.map.tile_size(level);
        let (across, down) = self.map.bounds();
        let step = |at: f64, size: u32, bound: u32| {
            let last = ((bound - 1) >> level) / size;
            let at = (at / f64::from(1_u32 << level) / f64::from(size)).floor();
            at.clamp(0.0, f64::from(last)) as u32
        };
        let (left, top) = self.blocks_at(0.0, 0.0);
        let (right, bottom) = self.blocks_at(self.width, self.height);
        let columns = step(left, width, across)..=step(right, width, across);
        let rows = step(top, height, down)..=step(bottom, height, down);
        let places = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
        let tiles: Vec<(f64, u64)> = places
            .filter_map(|(column, row)| {
                let tile = self.map.tile_at(level, column * width, row * height)?;
                let side = f64::from(1_u32 << level);
                let middle = |at: u32, size: u32| (f64::from(at) + 0.5) * f64::from(size) * side;
                let (dx, dy) = (middle(column, width) - self.x, middle(row, height) - self.y);
                Some((dx * dx + dy * dy, tile))
            })
            .collect();
        let nearest = order::first(tiles.len(), &tiles, |a, b| a.0.total_cmp(&b.0));
        nearest.into_iter().map(|(_, tile)| tile).collect()
    }

    fn blocks_at(&self, x: f64, y: f64) -> (f64, f64) {
        let scale = self.scale();
        ((x - self.width / 2.0) / scale + self.x, (y - self.height / 2.0) / scale + self.y)
    }

    fn fit(&self) -> f64 {
        let (across, down) = self.map.bounds();
        (self.width / f64::from(across)).min(self.height / f64::from(down)).min(MAX_BLOCK)
    }

    fn max_zoom(&self) -> i32 {
        ((MAX_BLOCK / self.fit()).log2() * f64::from(STEPS_PER_DOUBLING)).ceil() as i32
    }

    /// Keeps the map in the window, and in its middle where it does not fill it.
    fn clamped(mut self) -> Self {
        self.zoom = self.zoom.clamp(0, self.max_zoom());
        let (across, down) = self.map.bounds();
        let scale = self.scale();
        let keep = |at: f64, bound: u32, window: f64| {
            let (bound, half) = (f64::from(bound), window / scale / 2.0);
            if bound <= 2.0 * half { bound / 2.0 } else { at.clamp(half, bound - half) }
        };
        self.x = keep(self.x, across, self.width);
        self.y = keep(self.y, down, self.height);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::{ByteSize, heatmap::TILE_CELLS};

    use super::*;
    use crate::view::layout::Layout;

    fn any_window() -> impl Strategy<Value = Viewport> {
        let size = (0_u32..=42).prop_flat_map(|bits| 1..=1_u64 << bits);
        let layout = prop_oneof![Just(Layout::Hilbert), Just(Layout::Rows)];
        let moves = prop::collection::vec((-200_i32..200, 0.0..900.0, 0.0..600.0), 0..6);
        (size, layout, moves).prop_map(|(blocks, layout, moves)| {
            let map = DiskMap::new(layout, ByteSize::new(blocks * 4096).unwrap());
            let window = Viewport::new(map, 900.0, 600.0, None);
            moves.into_iter().fold(window, |window, (steps, x, y)| window.zoomed(steps, x, y))
        })
    }

    proptest! {
        #[test]
        fn the_window_never_leaves_the_map(window in any_window()) {
            let (width, height) = window.map().bounds();
            let all = window.on_screen(0, CellRect { x: 0, y: 0, width, height });
            prop_assert!(all.x < 900.0 && all.x + all.width > 0.0);
            prop_assert!(all.x <= 1e-3 || all.width <= 900.1);
            prop_assert!(all.y <= 1e-3 || all.height <= 600.1);
        }

        #[test]
        fn few_tiles_are_seen_and_they_hold_the_cell_under_the_pointer(
            window in any_window(), x in 0.0..900.0, y in 0.0..600.0
        ) {
            let level = window.level();
            let tiles = window.tiles(level);
            prop_assert!(tiles.len() <= 512, "{} tiles", tiles.len());
            if let Some(cell) = window.cell_at(x, y) {
                prop_assert!(tiles.contains(&(cell / TILE_CELLS)));
            }
        }

        #[test]
        fn zooming_keeps_the_cell_under_the_pointer(
            window in any_window(), steps in 1_i32..40, x in 300.0..600.0, y in 200.0..400.0
        ) {
            // One that the map does not fill keeps it in its middle instead.
            let (width, height) = window.map().bounds();
            let all = window.on_screen(0, CellRect { x: 0, y: 0, width, height });
            let is_filled = all.width > 900.0 && all.height > 600.0;
            if let (Some(cell), true) = (window.cell_at(x, y), is_filled) {
                let closer = window.zoomed(steps, x, y);
                let by = 2 * (window.level() - closer.level());
                if window.map().layout() == Layout::Hilbert {
                    prop_assert_eq!(closer.cell_at(x, y).map(|finer| finer >> by), Some(cell));
                }
            }
        }
    }

    #[test]
    fn the_last_tile_is_seen_wherever_it_ends() {
        for blocks in (1..300_000).step_by(977).chain([206_434]) {
            for layout in [Layout::Hilbert, Layout::Rows] {
                let map = DiskMap::new(layout, ByteSize::new(blocks * 4096).unwrap());
                let mut tiles = Viewport::new(map, 900.0, 600.0, None).tiles(0);
                tiles.sort_unstable();
                let all: Vec<u64> = (0..blocks.div_ceil(TILE_CELLS)).collect();
                assert_eq!(tiles, all, "{blocks} blocks, {layout:?}");
            }
        }
    }

    #[test]
    fn a_place_reads_what_it_prints() {
        let place = Place { zoom: 33, x: 70_000, y: 12 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "1.2", "1.2.3.4", "1.-2.3", "a.b.c"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_of_32_tib_down_to_a_block_is_one_way() {
        let map = DiskMap::new(Layout::Hilbert, ByteSize::new(32 << 40).unwrap());
        let whole = Viewport::new(map, 800.0, 800.0, None);
        assert_eq!((whole.level(), whole.is_whole()), (9, true));
        let close = whole.zoomed_in(10_000);
        assert_eq!((close.level(), close.is_closest()), (0, true));
        assert!(close.cell(0) >= 32.0);
        assert!(close.tiles(0).len() <= 4);
    }
}
