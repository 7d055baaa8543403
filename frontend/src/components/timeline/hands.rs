//! Hands on the timeline: what pointers, wheel and keys choose and move.

use leptos::{html, prelude::*};
use shared::{Snapshot, SnapshotId, Timeline};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent, PointerEvent, WheelEvent};

use super::Between;
use crate::view::timeline::{self, DrawnBar, TimeScale, nearest};

/// Pixels left of the plot, for the names of its sizes.
pub(super) const LEFT: f64 = 60.0;

/// A pointer that moved less was meant to stand still.
pub(super) const STILL: f64 = 5.0;

/// What the hands on a timeline move and read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hands {
    pub(super) timeline: Signal<Timeline>,
    pub(super) snapshots: Memo<Vec<Snapshot>>,
    pub(super) between: Signal<Between>,
    pub(super) choose: Callback<Between>,
    pub(super) all: Signal<TimeScale>,
    pub(super) scale: Signal<TimeScale>,
    pub(super) see: Callback<TimeScale>,
    pub(super) frame: NodeRef<html::Div>,
    /// The bars as they are drawn.
    pub(super) drawn: Memo<Vec<DrawnBar>>,
    /// The bar that is looked at.
    pub(super) cursor: RwSignal<Option<usize>>,
    /// Where a drag began, and where it is.
    pub(super) brush: RwSignal<Option<(f64, f64)>>,
}

impl Hands {
    /// The snapshot that a drawn bar is named after.
    pub(super) fn snapshot(&self, at: usize) -> Option<Snapshot> {
        let bar = self.drawn.with(|bars| bars.get(at).map(|bar| bar.largest))?;
        self.timeline.with(|it| it.bars.get(bar).map(|bar| bar.largest.clone()))
    }

    /// The bar that holds a snapshot, or the first after it: ids sort by time.
    pub(super) fn bar_near(&self, id: SnapshotId) -> Option<usize> {
        self.timeline.with(|it| {
            let last = it.bars.len().checked_sub(1)?;
            Some(it.bars.partition_point(|bar| bar.largest.id < id).min(last))
        })
    }

    /// The drawn bar that holds a snapshot.
    fn bar_of(&self, id: SnapshotId) -> Option<usize> {
        let at = self.bar_near(id)?;
        self.drawn.with(|bars| bars.iter().position(|bar| bar.bars.contains(&at)))
    }

    /// The snapshot before a drawn bar's first, and its last.
    fn ends(&self, at: usize) -> (Option<SnapshotId>, Option<SnapshotId>) {
        let bars = self.drawn.with_untracked(|bars| bars.get(at).map(|bar| bar.bars.clone()));
        let Some(bars) = bars else { return (None, None) };
        self.timeline.with_untracked(|it| {
            let bars = it.bars.get(bars).unwrap_or_default();
            self.snapshots.with_untracked(|all| timeline::ends(all, bars))
        })
    }

    /// Looks at what the snapshots of one bar changed.
    fn choose_one(&self, at: usize) {
        let (from, to) = self.ends(at);
        if to.is_some() {
            self.choose.run(Between { from, to });
        }
    }

    fn choose_both(&self, a: usize, b: usize) {
        if let ((_, Some(from)), (_, Some(to))) = (self.ends(a.min(b)), self.ends(a.max(b))) {
            self.choose.run(Between { from: Some(from), to: Some(to) });
        }
    }

    /// Looks from the chosen snapshot to this one, or the other way round.
    fn extend(&self, at: usize) {
        let to = self.between.get_untracked().to;
        match untrack(|| to.and_then(|id| self.bar_of(id))) {
            Some(other) if other != at => self.choose_both(at, other),
            _ => self.choose_one(at),
        }
    }

    /// Where on the plot something at a place of the window is.
    fn place(&self, client_x: i32) -> f64 {
        let frame = self.frame.get_untracked();
        let left = frame.map_or(0.0, |frame| frame.get_bounding_client_rect().left());
        f64::from(client_x) - left - LEFT
    }

    fn near(&self, x: f64) -> Option<usize> {
        self.drawn.with_untracked(|bars| nearest(bars, x))
    }

    pub(super) fn pointer_down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        let target = event.current_target();
        if let Some(element) = target.and_then(|target| target.dyn_into::<Element>().ok()) {
            // Without capture a drag ends at the edge, and that is all.
            let _uncaptured = element.set_pointer_capture(event.pointer_id());
        }
        let x = self.place(event.client_x());
        self.brush.set(Some((x, x)));
    }

    pub(super) fn pointer_move(&self, event: &PointerEvent) {
        let x = self.place(event.client_x());
        self.cursor.set(self.near(x));
        if let Some((from, _)) = self.brush.get_untracked() {
            self.brush.set(Some((from, x)));
        }
    }

    pub(super) fn pointer_up(&self, event: &PointerEvent) {
        let Some((from, to)) = self.brush.get_untracked() else { return };
        self.brush.set(None);
        let (Some(a), Some(b)) = (self.near(from), self.near(to)) else { return };
        if (to - from).abs() > STILL && a != b {
            self.choose_both(a, b);
        } else if event.shift_key() {
            self.extend(b);
        } else {
            self.choose_one(b);
        }
    }

    pub(super) fn wheel(&self, event: &WheelEvent) {
        let (scale, all) = (self.scale.get_untracked(), self.all.get_untracked());
        let (dx, dy) = (event.delta_x(), event.delta_y());
        let sideways = dx.abs() > dy.abs();
        // All of it is seen: the wheel goes on down the page.
        if scale == all && dy > 0.0 && !sideways {
            return;
        }
        event.prevent_default();
        let next = if event.shift_key() || sideways {
            scale.moved(if sideways { dx } else { dy }, all)
        } else {
            scale.zoomed((dy * 0.0022).exp(), self.place(event.client_x()), all)
        };
        self.see.run(next);
    }

    pub(super) fn key_down(&self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let last = self.drawn.with_untracked(Vec::len).saturating_sub(1);
        let at = self.cursor.get_untracked().unwrap_or(last).min(last);
        let zoom = |factor: f64| {
            let (scale, all) = (self.scale.get_untracked(), self.all.get_untracked());
            let x = self.drawn.with_untracked(|bars| bars.get(at).map(|bar| bar.x));
            self.see.run(scale.zoomed(factor, x.unwrap_or(scale.width / 2.0), all));
        };
        match event.key().as_str() {
            "ArrowLeft" => self.cursor.set(Some(at.saturating_sub(1))),
            "ArrowRight" => self.cursor.set(Some((at + 1).min(last))),
            "Home" => self.cursor.set(Some(0)),
            "End" => self.cursor.set(Some(last)),
            "Enter" | " " if event.shift_key() => self.extend(at),
            "Enter" | " " => self.choose_one(at),
            "+" | "=" => zoom(0.5),
            "-" | "_" => zoom(2.0),
            "0" => self.see.run(self.all.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    }
}
