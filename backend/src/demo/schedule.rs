//! What happens when: updates and snapshots of a month, in order of time.

use jiff::{SignedDuration, Timestamp, civil::Weekday};

use super::{
    clock::{civil, is_weekend},
    scale::Scale,
};

/// One of the demo's disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    System,
    Database,
    Logs,
    Archive,
}

impl Which {
    /// The disk's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::System => "web-os",
            Self::Database => "shop-db",
            Self::Logs => "shop-logs",
            Self::Archive => "archive",
        }
    }
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A day of the operating system.
    SystemDay,
    /// Its weekly update.
    SystemUpdate,
    /// The database cleans up.
    Vacuum,
    /// The database takes in a file from the suppliers.
    BulkLoad,
    /// The log disk is made larger.
    GrowLogs,
    /// Somebody puts a file into the archive.
    Archive,
    /// A snapshot is taken, and why.
    Snapshot(Which, Reason),
}

/// Why a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Schedule,
    BeforeUpdate,
    AfterUpdate,
}

/// When the life that ends at `end` begins: at a midnight.
pub(super) fn begin(scale: Scale, end: Timestamp) -> Timestamp {
    let second = (end - scale.life()).as_second();
    let midnight = second - second.rem_euclid(24 * 3600);
    Timestamp::from_second(midnight).expect("a time before a time is one")
}

/// All events before `end`, in order.
pub(super) fn events(scale: Scale, end: Timestamp) -> Vec<(Timestamp, Event)> {
    let mut events = Vec::new();
    for day in 0..=scale.days {
        let midnight = begin(scale, end) + SignedDuration::from_hours(24 * i64::from(day));
        let mut at = |hour: i64, minute: i64, event| {
            events.push((midnight + SignedDuration::from_mins(hour * 60 + minute), event));
        };
        let scheduled = |which| Event::Snapshot(which, Reason::Schedule);
        at(1, 30, Event::SystemDay);
        at(2, 0, scheduled(Which::System));
        at(3, 0, scheduled(Which::Logs));
        let hours: &[i64] = if is_weekend(midnight) { &[12] } else { &[6, 12, 22] };
        for &hour in hours {
            at(hour, 0, scheduled(Which::Database));
        }
        match civil(midnight).weekday() {
            Weekday::Tuesday => {
                at(3, 55, Event::Snapshot(Which::System, Reason::BeforeUpdate));
                at(4, 0, Event::SystemUpdate);
                at(4, 25, Event::Snapshot(Which::System, Reason::AfterUpdate));
            }
            Weekday::Sunday => {
                at(4, 30, Event::Vacuum);
                at(5, 0, scheduled(Which::Archive));
            }
            Weekday::Monday
            | Weekday::Wednesday
            | Weekday::Thursday
            | Weekday::Friday
            | Weekday::Saturday => {}
        }
        if day == scale.days / 2 {
            at(10, 0, Event::GrowLogs);
        }
        if day == scale.days * 2 / 3 {
            at(1, 0, Event::BulkLoad);
            at(14, 0, Event::Archive);
        }
    }
    // Sorted by time alone: what is planned for one moment happens in the order of the plan.
    events.retain(|&(time, _)| time < end);
    events.sort_by_key(|&(time, _)| time);
    events
}
