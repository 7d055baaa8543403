//! What was stored by the end of each day, of the snapshots that are still there.

use jiff::Timestamp;
use shared::CostDay;

use crate::catalog::SnapshotRow;

/// Days that are told at most: the last ones.
const MAX_DAYS: i64 = 400;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Sums by day in UTC, from the first snapshot's to today; snapshots come oldest first. What a
/// clock put into the future counts as today's.
pub(super) fn days(rows: &[SnapshotRow], now: Timestamp) -> Vec<CostDay> {
    let number = |time: Timestamp| time.as_second().div_euclid(DAY_SECONDS);
    let today = number(now);
    let Some(first) = rows.iter().map(|row| number(row.manifest.created_at)).min() else {
        return Vec::new();
    };
    let mut rows = rows.iter().peekable();
    let mut sum = CostDay { at: now, snapshot_count: 0, stored_bytes: 0, full_bytes: 0 };
    let mut days = Vec::new();
    for day in first.clamp(today - MAX_DAYS + 1, today)..=today {
        while let Some(row) =
            rows.next_if(|row| day == today || number(row.manifest.created_at) <= day)
        {
            let sizes = row.snapshot().sizes;
            sum.snapshot_count += 1;
            sum.stored_bytes += sizes.stored;
            sum.full_bytes += sizes.allocated;
        }
        let end = Timestamp::from_second((day + 1) * DAY_SECONDS);
        sum.at = if day == today { now } else { end.unwrap_or(now) };
        days.push(sum);
    }
    days
}
