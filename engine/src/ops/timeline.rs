//! A disk's life in bars: a snapshot each, or those of one span of time drawn as one.

use jiff::Timestamp;
use shared::{Snapshot, Timeline, TimelineBar};

use crate::{catalog::SnapshotRow, engine::Engine, error::Error};

impl Engine {
    /// A disk's snapshots between two moments, both included, in at most `bars` bars: one each
    /// where there are no more of them. Where there are, a bar stands for an equal span of time,
    /// and spans without a snapshot have none. Left out, the moments are those of the first
    /// snapshot and of the newest. A detached disk is found by its id.
    pub async fn timeline(
        &self,
        disk: &str,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        bars: usize,
    ) -> Result<Timeline, Error> {
        let family = self.family(disk).await?;
        let time = |row: &SnapshotRow| row.manifest.created_at;
        let now = self.options.clock.now();
        let to = to.or_else(|| family.rows.iter().map(time).max()).unwrap_or(now);
        let from = from.or_else(|| family.rows.iter().map(time).min()).unwrap_or(to).min(to);
        let span = Span { from, to, bars: bars.max(1) as i128 };
        let mut timeline = Timeline {
            disk_id: family.disk_id,
            revision: family.revision,
            from,
            to,
            snapshot_count: 0,
            bars: Vec::new(),
        };
        let within = || family.rows.iter().filter_map(|row| Some((span.bar(time(row))?, row)));
        let crowded = within().nth(bars.max(1)).is_some();
        let mut open = None;
        for (number, row) in within() {
            let snapshot = row.snapshot();
            timeline.snapshot_count += 1;
            match timeline.bars.last_mut() {
                Some(bar) if crowded && open == Some(number) => add(bar, snapshot),
                _ => timeline.bars.push(bar_of(snapshot)),
            }
            open = Some(number);
        }
        Ok(timeline)
    }
}

/// Two moments and the bars between them.
struct Span {
    from: Timestamp,
    to: Timestamp,
    bars: i128,
}

impl Span {
    /// The bar that a moment falls in.
    fn bar(&self, time: Timestamp) -> Option<i128> {
        let since = |time: Timestamp| time.as_nanosecond() - self.from.as_nanosecond();
        let within = self.from <= time && time <= self.to;
        within.then(|| since(time) * self.bars / (since(self.to) + 1))
    }
}

fn bar_of(snapshot: Snapshot) -> TimelineBar {
    TimelineBar {
        from: snapshot.created_at,
        to: snapshot.created_at,
        snapshot_count: 1,
        changed_bytes: snapshot.sizes.changed,
        cleared_bytes: snapshot.sizes.cleared,
        stored_bytes: snapshot.sizes.stored,
        largest: snapshot,
    }
}

fn add(bar: &mut TimelineBar, snapshot: Snapshot) {
    bar.to = snapshot.created_at;
    bar.snapshot_count += 1;
    bar.changed_bytes += snapshot.sizes.changed;
    bar.cleared_bytes += snapshot.sizes.cleared;
    bar.stored_bytes += snapshot.sizes.stored;
    if snapshot.sizes.changed > bar.largest.sizes.changed {
        bar.largest = snapshot;
    }
}
