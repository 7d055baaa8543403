//! The drawing of a timeline: a scale of time, and bars that can be told apart.

use std::ops::Range;

use jiff::Timestamp;
use shared::{Snapshot, SnapshotId, Timeline, TimelineBar};

use super::{order, span::Span};

use super::time;

/// A span of time, drawn so many pixels wide. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeScale {
    /// What is drawn at the left.
    pub from: i64,
    /// What is drawn at the right; after `from`.
    pub to: i64,
    /// Pixels between them.
    pub width: f64,
}

/// The least span that is drawn, in milliseconds.
const LEAST_SPAN: i64 = 2_000;

/// Steps between ticks in seconds, from one second to four years.
const STEPS: [i64; 21] = [
    1,
    5,
    15,
    30,
    60,
    300,
    900,
    1_800,
    3_600,
    3 * 3_600,
    6 * 3_600,
    12 * 3_600,
    86_400,
    2 * 86_400,
    7 * 86_400,
    14 * 86_400,
    30 * 86_400,
    91 * 86_400,
    182 * 86_400,
    365 * 86_400,
    4 * 365 * 86_400,
];

/// A moment that the axis names.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeTick {
    /// Where it is drawn.
    pub x: f64,
    /// What it is called.
    pub label: String,
}

impl TimeScale {
    /// All of some bars, with a little room at both ends.
    pub fn around(bars: &[TimelineBar], width: f64) -> Self {
        let from = bars.first().map_or(0, |bar| bar.from.as_millisecond());
        let to = bars.last().map_or(0, |bar| bar.to.as_millisecond());
        let room = ((to - from) / 40).max(LEAST_SPAN / 2);
        Self { from: from - room, to: to + room, width }
    }

    /// Where a moment is drawn.
    pub fn x(&self, at: i64) -> f64 {
        (at - self.from) as f64 / (self.to - self.from).max(1) as f64 * self.width
    }

    /// The moment that is drawn there.
    pub fn at(&self, x: f64) -> i64 {
        self.from + (x / self.width.max(1.0) * (self.to - self.from) as f64).round() as i64
    }

    /// Zoomed by a factor (below 1: in) with the moment at `x` kept there, within `all`.
    #[must_use]
    pub fn zoomed(self, factor: f64, x: f64, all: Self) -> Self {
        let span = ((self.to - self.from) as f64 * factor) as i64;
        let span = span.clamp(LEAST_SPAN.min(all.to - all.from), all.to - all.from);
        let from = self.at(x) - (x / self.width.max(1.0) * span as f64) as i64;
        Self { from, to: from + span, ..self }.within(all)
    }

    /// Moved by so many pixels, within `all`.
    #[must_use]
    pub fn moved(self, pixels: f64, all: Self) -> Self {
        let by = (pixels / self.width.max(1.0) * (self.to - self.from) as f64) as i64;
        Self { from: self.from + by, to: self.to + by, ..self }.within(all)
    }

    /// The same span, or as much of it as there is room for in `all`.
    #[must_use]
    pub fn within(self, all: Self) -> Self {
        let span = (self.to - self.from).min(all.to - all.from);
        let from = self.from.clamp(all.from, all.to - span);
        Self { from, to: from + span, ..self }
    }

    /// Round moments of a clock that is so many minutes ahead of UTC, at most as many as have room
    /// for their names.
    pub fn ticks(&self, offset_minutes: i32) -> Vec<TimeTick> {
        let most = (self.width / 96.0).max(1.0) as i64;
        let span = (self.to - self.from) / 1000;
        let step = STEPS.into_iter().find(|step| span / step <= most);
        let step = step.unwrap_or(STEPS[STEPS.len() - 1]) * 1000;
        let ahead = i64::from(offset_minutes) * 60_000;
        let first = (self.from + ahead).div_euclid(step) * step - ahead;
        let moments = (0..).map(|at| first + at * step).take_while(|&at| at <= self.to);
        let label = |at: i64| {
            let at = Timestamp::from_millisecond(at).unwrap_or_default();
            time::tick(at, step / 1000, offset_minutes)
        };
        let named = moments.filter(|&at| at >= self.from);
        named.map(|at| TimeTick { x: self.x(at), label: label(at) }).collect()
    }
}

/// Neighbouring bars of the timeline, drawn as one.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnBar {
    /// Its left edge.
    pub x: f64,
    /// How wide it is.
    pub width: f64,
    /// Which bars of the timeline it is.
    pub bars: Range<usize>,
    /// Snapshots in it.
    pub snapshot_count: u64,
    /// What they found changed or cleared, in all.
    pub changed_bytes: u64,
    /// What they stored, in all.
    pub stored_bytes: u64,
    /// The bar that holds the snapshot that found most changed.
    pub largest: usize,
}

/// Bars no closer than `pitch` pixels: closer ones are drawn as one. Those out of sight are left
/// out, but for the nearest on either side.
pub fn draw(bars: &[TimelineBar], scale: &TimeScale, pitch: f64) -> Vec<DrawnBar> {
    let width = (pitch - 1.0).max(1.0);
    let mut drawn: Vec<DrawnBar> = Vec::new();
    let mut last_x = f64::MIN;
    for (at, bar) in bars.iter().enumerate() {
        let x = scale.x(bar.to.as_millisecond());
        if x < -pitch || x > scale.width + pitch {
            continue;
        }
        let changed = bar.changed_bytes + bar.cleared_bytes;
        match drawn.last_mut() {
            Some(last) if x - last_x < pitch && last.bars.end == at => {
                last.bars.end = at + 1;
                last.snapshot_count += bar.snapshot_count;
                last.changed_bytes += changed;
                last.stored_bytes += bar.stored_bytes;
                if found(bar) > found(&bars[last.largest]) {
                    last.largest = at;
                }
            }
            _ => {
                last_x = x;
                drawn.push(DrawnBar {
                    x: x - width / 2.0,
                    width,
                    bars: at..at + 1,
                    snapshot_count: bar.snapshot_count,
                    changed_bytes: changed,
                    stored_bytes: bar.stored_bytes,
                    largest: at,
                });
            }
        }
    }
    drawn
}

/// What a bar's largest snapshot found changed or cleared.
fn found(bar: &TimelineBar) -> u64 {
    bar.largest.sizes.changed + bar.largest.sizes.cleared
}

/// Whether something in the span is drawn as one that could be told apart.
pub fn is_coarse(timeline: &Timeline, span: Span) -> bool {
    timeline.bars.iter().any(|bar| {
        let (from, to) = (bar.from.as_millisecond(), bar.to.as_millisecond());
        bar.snapshot_count > 1 && from <= span.to && to >= span.from
    })
}

/// A timeline, with a part of it in more detail.
pub fn refined(coarse: &Timeline, fine: &Timeline) -> Timeline {
    let before = coarse.bars.iter().filter(|bar| bar.to < fine.from);
    let after = coarse.bars.iter().filter(|bar| bar.from > fine.to);
    let bars = before.chain(&fine.bars).chain(after).cloned().collect();
    Timeline { bars, ..coarse.clone() }
}

/// The snapshot before the first of some bars, and the last in them; snapshots come oldest first.
pub fn ends(
    snapshots: &[Snapshot],
    bars: &[TimelineBar],
) -> (Option<SnapshotId>, Option<SnapshotId>) {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return (None, None) };
    let before = |number: usize| number.checked_sub(1).and_then(|at| snapshots.get(at));
    let from = before(snapshots.partition_point(|it| it.created_at < first.from));
    let to = before(snapshots.partition_point(|it| it.created_at <= last.to));
    (from.map(|it| it.id), to.map(|it| it.id))
}

/// The drawn bar that is nearest to a place.
pub fn nearest(bars: &[DrawnBar], x: f64) -> Option<usize> {
    let distance = |bar: &DrawnBar| (bar.x + bar.width / 2.0 - x).abs();
    let nearest = bars.iter().enumerate().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
    nearest.map(|(at, _)| at)
}

/// How wide bars can be, so that as few as possible are drawn as one: from 3 to 28 pixels.
pub fn pitch(bars: &[TimelineBar], scale: &TimeScale) -> f64 {
    let xs = bars.iter().map(|bar| scale.x(bar.to.as_millisecond()));
    let seen: Vec<f64> = xs.filter(|x| (0.0..=scale.width).contains(x)).collect();
    let gaps: Vec<f64> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // A tenth may be closer, so that two snapshots taken in a hurry do not thin out the rest.
    let narrowest = order::first(gaps.len() / 10 + 1, &gaps, f64::total_cmp);
    narrowest.last().map_or(28.0, |gap| (gap * 0.8).clamp(3.0, 28.0))
}

#[cfg(test)]
mod tests;
