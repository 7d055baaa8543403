//! Times and spans of time as people read them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago it was: `just now`, `5 min ago`, `3 h ago`, `12 days ago`.
///
/// A time that has not come yet is `just now`: two clocks never agree to the second.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    match seconds {
        ..=9 => "just now".to_owned(),
        10..MINUTE => format!("{seconds} s ago"),
        MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        HOUR..DAY => format!("{} h ago", seconds / HOUR),
        _ => match seconds / DAY {
            1 => "1 day ago".to_owned(),
            days @ 2..=60 => format!("{days} days ago"),
            days @ 61..=729 => format!("{} months ago", days * 12 / 365),
            days => format!("{} years ago", days / 365),
        },
    }
}

/// A span in its two largest units: `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`.
pub fn span(seconds: u64) -> String {
    let two = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// How long something took, to a tenth of a second where that says more: `0.8 s`, `3 min 5 s`.
pub fn duration(from: Timestamp, to: Timestamp) -> String {
    let milliseconds = to.as_millisecond().saturating_sub(from.as_millisecond()).max(0);
    if milliseconds < 10_000 {
        format!("{:.1} s", milliseconds as f64 / 1000.0)
    } else {
        span(milliseconds as u64 / 1000)
    }
}

/// A moment for machines, to the millisecond: `2026-07-24T13:05:10.042Z`.
///
/// `Timestamp` prints itself too, together with all that could be wrong about a printed time: far more
/// code than this.
pub fn rfc3339(at: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(at);
    format!("{}T{}:{:02}.{:03}Z", numbers(utc), clock(utc), utc.second(), utc.millisecond())
}

/// A moment to the second at an offset from UTC in minutes: `2026-07-24 13:05:10 +02:00`.
pub fn exact(at: Timestamp, offset_minutes: i32) -> String {
    let zone = offset(offset_minutes);
    let local = zone.to_datetime(at);
    let name = if zone == Offset::UTC { "UTC".to_owned() } else { sign(offset_minutes) };
    format!("{} {}:{:02} {name}", numbers(local), clock(local), local.second())
}

/// A moment to the minute: `24 Jul 13:05`, with the year where it is not this one.
pub fn short(at: Timestamp, now: Timestamp, offset_minutes: i32) -> String {
    let zone = offset(offset_minutes);
    let (local, today) = (zone.to_datetime(at), zone.to_datetime(now));
    let year =
        if local.year() == today.year() { String::new() } else { format!(" {}", local.year()) };
    format!("{} {}{year} {}", local.day(), month(local.date()), clock(local))
}

/// A day: `24 Jul 2026`.
pub fn day(at: Timestamp, offset_minutes: i32) -> String {
    date(offset(offset_minutes).to_datetime(at).date())
}

/// The day in UTC that ends at a moment, or in which the moment is: `24 Jul 2026`.
pub fn day_until(end: Timestamp) -> String {
    day(Timestamp::from_millisecond(end.as_millisecond() - 1).unwrap_or(end), 0)
}

/// A day of the calendar: `24 Jul 2026`.
pub fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// The name of a moment on an axis whose marks are so many seconds apart. Midnight is called by its
/// day, so that times are never without one.
pub fn tick(at: Timestamp, step_seconds: i64, offset_minutes: i32) -> String {
    let local = offset(offset_minutes).to_datetime(at);
    let midnight = (local.hour(), local.minute(), local.second()) == (0, 0, 0);
    match step_seconds {
        2_592_000.. => format!("{} {}", month(local.date()), local.year()),
        ..DAY if !midnight && step_seconds < MINUTE => {
            format!("{}:{:02}", clock(local), local.second())
        }
        ..DAY if !midnight => clock(local),
        _ => format!("{} {}", local.day(), month(local.date())),
    }
}

fn month(date: Date) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    // Months count from 1.
    NAMES.get(date.month().unsigned_abs() as usize - 1).copied().unwrap_or_default()
}

fn numbers(local: DateTime) -> String {
    format!("{:04}-{:02}-{:02}", local.year(), local.month(), local.day())
}

fn clock(local: DateTime) -> String {
    format!("{:02}:{:02}", local.hour(), local.minute())
}

fn offset(minutes: i32) -> Offset {
    Offset::from_seconds(minutes.saturating_mul(60)).unwrap_or(Offset::UTC)
}

fn sign(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ages_grow_coarser() {
        let now = at("2026-07-24T12:00:00Z");
        for (then, text) in [
            ("2026-07-24T12:00:30Z", "just now"),
            ("2026-07-24T11:59:55Z", "just now"),
            ("2026-07-24T11:59:15Z", "45 s ago"),
            ("2026-07-24T11:00:01Z", "59 min ago"),
            ("2026-07-24T01:00:00Z", "11 h ago"),
            ("2026-07-23T12:00:00Z", "1 day ago"),
            ("2026-06-24T12:00:00Z", "30 days ago"),
            ("2026-01-24T12:00:00Z", "5 months ago"),
            ("2020-01-24T12:00:00Z", "6 years ago"),
        ] {
            assert_eq!(ago(at(then), now), text, "{then}");
        }
    }

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (60, "1 min"),
            (185, "3 min 5 s"),
            (7800, "2 h 10 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(seconds), text);
        }
        assert_eq!(duration(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.84Z")), "0.8 s");
    }

    #[test]
    fn a_mark_says_what_its_neighbours_do_not() {
        for (moment, step, name) in [
            ("2026-07-24T13:05:10Z", 10, "13:05:10"),
            ("2026-07-24T13:05:00Z", 300, "13:05"),
            ("2026-07-24T00:00:00Z", 300, "24 Jul"),
            ("2026-07-24T00:00:00Z", DAY, "24 Jul"),
            ("2026-07-24T00:00:00Z", 30 * DAY, "Jul 2026"),
        ] {
            assert_eq!(tick(at(moment), step, 0), name);
        }
        let midnight = at("2026-07-24T22:00:00Z");
        assert_eq!(tick(midnight, 3600, 120), "25 Jul", "by the clock that times are told by");
        assert_eq!(tick(midnight, 3600, 0), "22:00");
    }

    #[test]
    fn a_moment_for_machines_is_read_back_by_them() {
        for text in ["2026-07-24T13:05:10.042Z", "0001-01-01T00:00:00.000Z"] {
            assert_eq!(rfc3339(at(text)), text);
        }
        assert_eq!(rfc3339(at("2026-07-24T23:05:10.0429+02:00")), "2026-07-24T21:05:10.042Z");
    }

    #[test]
    fn a_moment_says_its_zone() {
        let moment = at("2026-07-24T23:05:10Z");
        assert_eq!(exact(moment, 0), "2026-07-24 23:05:10 UTC");
        assert_eq!(exact(moment, 120), "2026-07-25 01:05:10 +02:00");
        assert_eq!(exact(moment, -210), "2026-07-24 19:35:10 -03:30");
        assert_eq!(short(moment, moment, 0), "24 Jul 23:05");
        assert_eq!(short(moment, at("2027-01-01T00:00:00Z"), 0), "24 Jul 2026 23:05");
        assert_eq!(day(moment, 120), "25 Jul 2026");
    }

    #[test]
    fn a_day_is_not_named_after_the_midnight_that_ends_it() {
        assert_eq!(day_until(at("2026-07-25T00:00:00Z")), "24 Jul 2026");
        assert_eq!(day_until(at("2026-07-25T13:05:10Z")), "25 Jul 2026");
    }
}
