//! Going to the next change: in the tile under the cursor, or where the whole disk's tile says.

use leptos::prelude::*;
use shared::heatmap::{TILE_CELLS, cell_bytes, tile_bytes};

use super::state::MapState;
use crate::view::seek::next_run;

/// A search for the next change that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seek {
    /// Towards the disk's end.
    pub(super) forward: bool,
    /// The cursor was put into a coarse cell that shows something: what, is still to be found.
    pub(super) landed: bool,
}

/// What a search came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    /// The next change begins there.
    At(u64),
    /// It is near there, in a tile that is not looked at yet.
    Near(u64),
    /// The tile under the cursor is on its way.
    Awaited,
    /// There is none.
    Nowhere,
}

impl MapState {
    /// The next change from the cursor on.
    pub(super) fn seek(&self, Seek { forward, landed }: Seek) -> Sought {
        let source = self.source.get();
        let at = self.cursor.get().unwrap_or(0);
        let (level, top) = (self.viewport().level(), self.map().top_level());
        let tile = at / tile_bytes(level);
        let Some(near) = self.tiles.get(&source.tile(level, tile)) else { return Sought::Awaited };
        let within = (at / cell_bytes(level) % TILE_CELLS) as usize;
        let found = if landed && !forward {
            next_run(&near.values, within + 1, false, false)
        } else {
            next_run(&near.values, within, forward, landed)
        };
        if let Some(cell) = found {
            return Sought::At((tile * TILE_CELLS + cell as u64) * cell_bytes(level));
        }
        let Some(whole) = self.tiles.get(&source.tile(top, 0)) else { return Sought::Awaited };
        let (start, end) = (tile * tile_bytes(level), (tile + 1) * tile_bytes(level));
        let coarse = cell_bytes(top);
        let mut shown = (0_u64..).zip(&whole.values).filter(|(_, value)| **value != 0);
        let next = if forward {
            let next = shown.find(|(cell, _)| (cell + 1) * coarse > end);
            next.map(|(cell, _)| (cell * coarse).max(end))
        } else {
            let before = shown.take_while(|(cell, _)| cell * coarse < start).last();
            before.map(|(cell, _)| ((cell + 1) * coarse).min(start) - 1)
        };
        next.map_or(Sought::Nowhere, Sought::Near)
    }
}
