//! The demo's time: a clock that stands where it was set, and the rhythm of days and weeks.

use std::sync::atomic::{AtomicI64, Ordering};

use engine::Clock;
use jiff::{
    Timestamp,
    civil::Weekday,
    tz::{Offset, TimeZone},
};

/// A clock that is set by hand.
#[derive(Debug)]
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    /// A clock that stands at a time.
    pub(super) fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_microsecond()))
    }

    /// Puts it to another time.
    pub(super) fn set(&self, time: Timestamp) {
        self.0.store(time.as_microsecond(), Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let microsecond = self.0.load(Ordering::Relaxed);
        Timestamp::from_microsecond(microsecond).expect("it was set to a time")
    }
}

/// A time as the calendar has it in UTC.
pub(super) fn civil(time: Timestamp) -> jiff::civil::DateTime {
    time.to_zoned(TimeZone::fixed(Offset::UTC)).datetime()
}

/// Whether a time is in a week's end.
pub(super) fn is_weekend(time: Timestamp) -> bool {
    matches!(civil(time).weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// How busy a shop is at a time, from 0 to 1: little at night, most at noon and in the evening,
/// less at the week's end.
pub(super) fn pace(time: Timestamp) -> f64 {
    const BY_HOUR: [u8; 24] = [
        14, 9, 6, 5, 5, 8, 16, 32, 55, 74, 88, 97, 100, 92, 85, 82, 84, 86, 90, 96, 99, 84, 52, 27,
    ];
    let share = f64::from(BY_HOUR[civil(time).hour() as usize]) / 100.0;
    if is_weekend(time) { share * 0.45 } else { share }
}
