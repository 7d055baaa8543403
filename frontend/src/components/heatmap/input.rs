//! Hands on the map: pointers, fingers, wheel and keys.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::heatmap::cell_bytes;
use web_sys::{Element, KeyboardEvent, PointerEvent, WheelEvent};

use super::{
    seek::{Seek, Sought},
    state::MapState,
};
use crate::{
    api::ByteRange,
    asked::effect,
    view::viewport::{STEPS_PER_DOUBLING, Viewport},
};

/// A level of detail in steps of zoom: each of its cells is four, so each side doubles.
const LEVEL: i32 = STEPS_PER_DOUBLING;

/// A pointer that moved less was meant to stand still.
const STILL: f64 = 4.0;

/// What the page does for keys that are about more than the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapKey {
    /// Look at the bytes under the cursor.
    Bytes,
    /// Ask for a place to go to.
    GoTo,
    /// Show the table.
    Table,
    /// The snapshot before.
    Older,
    /// The snapshot after.
    Newer,
}

/// Pointers that are down.
#[derive(Debug, Default)]
struct Down {
    at: BTreeMap<i32, (f64, f64)>,
    moved: bool,
    start: (f64, f64),
}

/// What the hands on a map do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    state: MapState,
    down: StoredValue<Down, LocalStorage>,
    /// Where a selection that is made longer began.
    anchor: RwSignal<Option<u64>>,
    /// What a wheel turned that made no whole step yet.
    turned: StoredValue<f64>,
    key: Callback<MapKey>,
    seeking: RwSignal<Option<Seek>>,
    /// Whether there is no further change that way.
    pub(super) at_end: RwSignal<bool>,
    /// Whether the cursor was last moved by keys, and so is to be told aloud.
    pub(super) by_keys: RwSignal<bool>,
}

impl Input {
    pub(super) fn new(state: MapState, key: Callback<MapKey>) -> Self {
        let input = Self {
            state,
            down: StoredValue::new_local(Down::default()),
            anchor: RwSignal::new(None),
            turned: StoredValue::new(0.0),
            key,
            seeking: RwSignal::new(None),
            at_end: RwSignal::new(false),
            by_keys: RwSignal::new(false),
        };
        effect(move || input.seek_on());
        input
    }

    /// Goes on with a search, as tiles come.
    fn seek_on(&self) {
        let Some(seek) = self.seeking.get() else { return };
        self.state.tiles.track();
        match untrack(|| self.state.seek(seek)) {
            Sought::At(offset) => {
                self.put_cursor(offset);
                self.seeking.set(None);
            }
            Sought::Near(offset) => {
                self.put_cursor(offset);
                self.seeking.set(Some(Seek { landed: true, ..seek }));
            }
            Sought::Awaited => {}
            Sought::Nowhere => {
                self.seeking.set(None);
                self.at_end.set(true);
            }
        }
    }

    fn viewport(&self) -> Viewport {
        untrack(|| self.state.viewport())
    }

    pub(super) fn wheel(&self, event: &WheelEvent) {
        // The whole disk is seen: the wheel goes on down the page.
        if event.delta_y() > 0.0 && self.viewport().is_whole() {
            return;
        }
        event.prevent_default();
        // A notch of a wheel is about 100 pixels or 3 lines; a pinch on a touchpad is finer.
        let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_PIXEL { 1.0 } else { 33.0 };
        let fine = if event.ctrl_key() { 4.0 } else { 1.0 };
        let turned = self.turned.get_value() - event.delta_y() * unit * fine * 0.08;
        self.turned.set_value(turned.fract());
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        self.state.look(self.viewport().zoomed(turned.trunc() as i32, x, y));
        self.hover(x, y);
    }

    pub(super) fn pointer_down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        if let Some(element) = event.current_target().and_then(target_element) {
            // Without capture a drag ends at the map's edge, and that is all.
            let _uncaptured = element.set_pointer_capture(event.pointer_id());
        }
        self.down.update_value(|down| {
            let at = place(event);
            if down.at.is_empty() {
                (down.moved, down.start) = (false, at);
            }
            down.at.insert(event.pointer_id(), at);
        });
    }

    pub(super) fn pointer_move(&self, event: &PointerEvent) {
        let now = place(event);
        let mut change = None;
        self.down.update_value(|down| {
            let Some(before) = down.at.get(&event.pointer_id()).copied() else { return };
            let far = (now.0 - down.start.0).hypot(now.1 - down.start.1) > STILL;
            down.moved |= far || down.at.len() > 1;
            let other = down.at.iter().find(|(id, _)| **id != event.pointer_id());
            change = Some((before, other.map(|(_, at)| *at), down.moved));
            if down.moved {
                down.at.insert(event.pointer_id(), now);
            }
        });
        match change {
            None => self.hover(now.0, now.1),
            Some((before, Some(other), true)) => self.pinch(before, now, other),
            Some((before, None, true)) => {
                self.state.look(self.viewport().dragged(now.0 - before.0, now.1 - before.1));
            }
            Some((_, _, false)) => {}
        }
    }

    /// Two fingers: what was between them stays between them.
    fn pinch(&self, before: (f64, f64), now: (f64, f64), other: (f64, f64)) {
        let apart = |a: (f64, f64)| (a.0 - other.0).hypot(a.1 - other.1).max(1.0);
        let steps = (apart(now) / apart(before)).log2() * f64::from(STEPS_PER_DOUBLING);
        let turned = self.turned.get_value() + steps;
        self.turned.set_value(turned.fract());
        let (x, y) = (f64::midpoint(now.0, other.0), f64::midpoint(now.1, other.1));
        let moved = self.viewport().dragged((now.0 - before.0) / 2.0, (now.1 - before.1) / 2.0);
        self.state.look(moved.zoomed(turned.trunc() as i32, x, y));
    }

    pub(super) fn pointer_up(&self, event: &PointerEvent) {
        let mut tapped = false;
        self.down.update_value(|down| {
            let was_down = down.at.remove(&event.pointer_id()).is_some();
            tapped = was_down && !down.moved && down.at.is_empty();
        });
        if tapped {
            let (x, y) = place(event);
            if let Some(cell) = self.viewport().cell_at(x, y) {
                let offset = cell * cell_bytes(self.viewport().level());
                self.select(offset, event.shift_key());
            }
        }
    }

    pub(super) fn pointer_cancel(&self, event: &PointerEvent) {
        self.down.update_value(|down| down.at.retain(|id, _| *id != event.pointer_id()));
    }

    pub(super) fn leave(&self) {
        if !self.by_keys.get_untracked() {
            self.state.cursor.set(None);
        }
    }

    pub(super) fn double_click(&self, x: f64, y: f64) {
        self.state.look(self.viewport().zoomed(2 * LEVEL, x, y));
    }

    fn hover(&self, x: f64, y: f64) {
        let viewport = self.viewport();
        let cell = viewport.cell_at(x, y).map(|cell| cell * cell_bytes(viewport.level()));
        self.by_keys.set(false);
        if self.state.cursor.get_untracked() != cell {
            self.state.cursor.set(cell);
        }
    }

    /// Selects the cell that holds a byte; `longer`: all from where the selection began.
    fn select(&self, offset: u64, longer: bool) {
        let cell = untrack(|| self.state.cell_of(offset)).bytes;
        let anchor = self.anchor.get_untracked().filter(|_| longer).unwrap_or(cell.offset_bytes);
        let anchor_cell = untrack(|| self.state.cell_of(anchor)).bytes;
        let start = anchor_cell.offset_bytes.min(cell.offset_bytes);
        let end = anchor_cell.end().max(cell.end());
        self.anchor.set(Some(anchor));
        let range = ByteRange { offset_bytes: start, length_bytes: end - start };
        self.state.selection.set(Some(range));
        self.state.cursor.set(Some(offset));
    }

    pub(super) fn key_down(&self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if self.act(&event.key(), event.shift_key()) {
            event.prevent_default();
            event.stop_propagation();
        }
    }

    /// Does what a key asks for; `false`: the key is none of the map's.
    fn act(&self, key: &str, shift: bool) -> bool {
        self.seeking.set(None);
        self.at_end.set(false);
        let viewport = self.viewport();
        match key {
            "ArrowLeft" => self.step(-1, 0, shift),
            "ArrowRight" => self.step(1, 0, shift),
            "ArrowUp" => self.step(0, -1, shift),
            "ArrowDown" => self.step(0, 1, shift),
            "+" | "=" => self.zoom(viewport, LEVEL / 2),
            "-" | "_" => self.zoom(viewport, -LEVEL / 2),
            "PageUp" => self.zoom(viewport, -LEVEL),
            "PageDown" => self.zoom(viewport, LEVEL),
            "0" => self.state.place.set(None),
            "[" | "]" => {
                // From nowhere the disk's first cell is met, too.
                let landed = key == "]" && self.state.cursor.get_untracked().is_none();
                self.seeking.set(Some(Seek { forward: key == "]", landed }));
            }
            "Enter" | " " => {
                if let Some(offset) = self.state.cursor.get_untracked() {
                    self.select(offset, shift);
                    self.key.run(MapKey::Bytes);
                }
            }
            "Escape" => self.state.selection.set(None),
            "g" => self.key.run(MapKey::GoTo),
            "t" => self.key.run(MapKey::Table),
            "," => self.key.run(MapKey::Older),
            "." => self.key.run(MapKey::Newer),
            _ => return false,
        }
        true
    }

    /// Zooms about the cursor where there is one, so that it stays in sight.
    fn zoom(&self, viewport: Viewport, steps: i32) {
        let cursor = untrack(|| self.state.cursor_cell());
        let rect = cursor.and_then(|cell| {
            let rect = viewport.map().cover(cell.level, cell.index..cell.index + 1);
            rect.first().map(|rect| viewport.on_screen(cell.level, *rect))
        });
        self.state.look(match rect {
            Some(rect) => {
                viewport.zoomed(steps, rect.x + rect.width / 2.0, rect.y + rect.height / 2.0)
            }
            None => viewport.zoomed_in(steps),
        });
    }

    /// Moves the cursor by a cell on the map.
    fn step(&self, dx: i32, dy: i32, longer: bool) {
        let viewport = self.viewport();
        let (map, level) = (viewport.map(), viewport.level());
        // Having been elsewhere, one goes on from what is selected.
        let selected = self.state.selection.get_untracked().map(|range| range.offset_bytes);
        let Some(offset) = self.state.cursor.get_untracked().or(selected) else {
            let (width, height) = self.state.size.get_untracked();
            let middle = viewport.cell_at(width / 2.0, height / 2.0).unwrap_or(0);
            self.put_cursor(middle * cell_bytes(level));
            return;
        };
        if longer && self.anchor.get_untracked().is_none() {
            self.anchor.set(Some(offset));
        }
        let (x, y) = map.point(level, offset / cell_bytes(level));
        let (Some(x), Some(y)) = (x.checked_add_signed(dx), y.checked_add_signed(dy)) else {
            return;
        };
        if let Some(cell) = map.cell_at(level, x, y) {
            self.put_cursor(cell * cell_bytes(level));
            if longer {
                self.select(cell * cell_bytes(level), true);
            }
        }
    }

    fn put_cursor(&self, offset: u64) {
        self.by_keys.set(true);
        untrack(|| self.state.go_to(offset));
    }
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

fn target_element(target: web_sys::EventTarget) -> Option<Element> {
    use wasm_bindgen::JsCast as _;
    target.dyn_into().ok()
}
