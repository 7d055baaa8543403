//! What a heatmap shows and where: one state that the map, its strip, its legend and tables share.

use leptos::prelude::*;
use shared::{
    ByteSize, DiskId, SnapshotId,
    heatmap::{Metric, TILE_CELLS, cell_bytes},
};

use crate::{
    api::{ByteRange, TileQuery},
    components::ground::use_ground,
    tiles::{Look, Tiles},
    view::{
        layout::{DiskMap, Layout},
        ramp::{Ground, Ramp},
        viewport::{Place, Viewport},
    },
};

/// What is shown of which disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapSource {
    /// The disk.
    pub disk: DiskId,
    /// Its size.
    pub size: ByteSize,
    /// Its revision.
    pub revision: u64,
    /// The snapshot that change is counted from; `None`: before the first.
    pub from: Option<SnapshotId>,
    /// The snapshot that it is counted up to; `None`: the newest.
    pub to: Option<SnapshotId>,
    /// What is shown.
    pub metric: Metric,
}

impl MapSource {
    /// One of its tiles.
    pub const fn tile(&self, level: u8, tile: u64) -> TileQuery {
        let Self { disk, revision, from, to, metric, .. } = *self;
        TileQuery { disk, metric, level, tile, from, to, revision }
    }
}

/// The cell under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The level that is drawn.
    pub level: u8,
    /// Which of the level's cells.
    pub index: u64,
    /// What of the disk it covers.
    pub bytes: ByteRange,
    /// Its byte and what 255 stands for, if its tile is here.
    pub value: Option<(u8, u64)>,
}

/// The state of a heatmap.
#[derive(Debug, Clone, Copy)]
pub struct MapState {
    /// What is shown.
    pub source: Signal<MapSource>,
    /// How it is laid out.
    pub layout: Signal<Layout>,
    /// How it is coloured.
    pub ramp: Signal<Ramp>,
    /// Where the window is; `None`: onto the whole disk.
    pub place: RwSignal<Option<Place>>,
    /// What is selected.
    pub selection: RwSignal<Option<ByteRange>>,
    /// Where the cursor is, in bytes from the disk's start.
    pub cursor: RwSignal<Option<u64>>,
    /// The window's size in CSS pixels.
    pub size: RwSignal<(f64, f64)>,
    /// The colours that the page has.
    pub ground: Signal<Ground>,
    /// The tiles.
    pub tiles: Tiles,
}

impl MapState {
    /// A map of something, whose window and selection are kept by the address.
    pub fn new(
        source: Signal<MapSource>,
        place: RwSignal<Option<Place>>,
        selection: RwSignal<Option<ByteRange>>,
    ) -> Self {
        Self {
            source,
            layout: Layout::Hilbert.into(),
            ramp: Ramp::default().into(),
            place,
            selection,
            cursor: RwSignal::new(None),
            size: RwSignal::new((0.0, 0.0)),
            ground: use_ground(),
            tiles: Tiles::new(),
        }
    }

    /// The window.
    pub fn viewport(&self) -> Viewport {
        let (width, height) = self.size.get();
        Viewport::new(self.map(), width, height, self.place.get())
    }

    /// The map that the window is onto.
    pub fn map(&self) -> DiskMap {
        DiskMap::new(self.layout.get(), self.source.with(|source| source.size))
    }

    /// Moves the window.
    pub fn look(&self, to: Viewport) {
        self.place.set((!to.is_whole()).then(|| to.place()));
    }

    /// How its tiles are painted.
    pub fn style(&self) -> Look {
        Look { layout: self.layout.get(), ramp: self.ramp.get(), ground: self.ground.get() }
    }

    /// The tiles that are needed: those that are seen, then those of the whole disk.
    pub fn wanted(&self) -> Vec<TileQuery> {
        let source = self.source.get();
        let viewport = self.viewport();
        let (level, top) = (viewport.level(), viewport.map().top_level());
        let mut tiles: Vec<_> =
            viewport.tiles(level).into_iter().map(|tile| source.tile(level, tile)).collect();
        if level != top {
            let whole = viewport.map().cells(top).div_ceil(TILE_CELLS);
            tiles.extend((0..whole).map(|tile| source.tile(top, tile)));
        }
        tiles
    }

    /// The cell of the drawn level that holds a byte of the disk.
    pub fn cell_of(&self, offset: u64) -> Cell {
        let level = self.viewport().level();
        self.cell(level, offset / cell_bytes(level))
    }

    /// A cell and what is known of it.
    pub fn cell(&self, level: u8, index: u64) -> Cell {
        let source = self.source.get();
        let length = cell_bytes(level);
        let bytes = ByteRange { offset_bytes: index * length, length_bytes: length };
        let tile = self.tiles.get(&source.tile(level, index / TILE_CELLS));
        let value = tile.and_then(|tile| {
            let value = tile.values.get((index % TILE_CELLS) as usize)?;
            Some((*value, tile.full))
        });
        Cell { level, index, bytes: bytes.within(source.size.bytes()), value }
    }

    /// The cell under the cursor.
    pub fn cursor_cell(&self) -> Option<Cell> {
        self.tiles.track();
        self.cursor.get().map(|offset| self.cell_of(offset))
    }

    /// Puts the cursor at a byte of the disk, and the window where it is seen.
    pub fn go_to(&self, offset: u64) {
        let offset = offset.min(self.source.get().size.bytes().saturating_sub(1));
        self.cursor.set(Some(offset));
        let viewport = self.viewport();
        let level = viewport.level();
        let run = offset / cell_bytes(level);
        if let Some(rect) = viewport.map().cover(level, run..run + 1).first() {
            self.look(viewport.showing(level, *rect));
        }
    }

    /// Selects a range, and moves the window so that it is seen well.
    pub fn show(&self, range: ByteRange) {
        let range = range.within(self.source.get().size.bytes());
        self.selection.set(Some(range));
        self.cursor.set(Some(range.offset_bytes));
        let viewport = self.viewport();
        if let Some((level, rect)) = viewport.map().around(range.offset_bytes..range.end()) {
            self.look(viewport.onto(level, rect));
        }
    }
}
