//! Moments and days, read from text: RFC 3339 and `YYYY-MM-DD`.
//!
//! `Timestamp` reads itself too, but its error tells a hundred ways of being wrong, time zones and
//! all, and every reader carries their texts: 30 kB more for a browser, compressed.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};
use serde::{Deserialize, Deserializer, de};

/// For a `Timestamp`.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    wanted(&String::deserialize(deserializer)?)
}

/// For an `Option<Timestamp>`.
pub(crate) fn read_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    Option::<String>::deserialize(deserializer)?.as_deref().map(wanted).transpose()
}

/// For a `Date`.
pub(crate) fn read_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refusal = || de::Error::invalid_value(de::Unexpected::Str(&text), &"a day: 2026-07-24");
    day(&text).ok_or_else(refusal)
}

fn wanted<E: de::Error>(text: &str) -> Result<Timestamp, E> {
    moment(text).ok_or_else(|| {
        E::invalid_value(de::Unexpected::Str(text), &"a moment: 2026-07-24T13:05:10Z")
    })
}

/// `2026-07-24T13:05:10.5+02:00`; at the end `Z` or how far the clock is ahead of UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let (clock, ahead) = match rest.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => ahead(rest)?,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.splitn(3, ':').map(pair);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let time = Time::new(hour, minute, second, nanoseconds(fraction)?).ok()?;
    let local = DateTime::from_parts(day(date)?, time);
    Offset::from_seconds(ahead).ok()?.to_timestamp(local).ok()
}

/// A clock, and by how many seconds it is ahead of UTC.
fn ahead(text: &str) -> Option<(&str, i32)> {
    let (clock, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
    let minutes = i32::from(pair(hours)?) * 60 + i32::from(pair(minutes)?);
    Some((clock, sign * minutes * 60))
}

/// `2026-07-24`
fn day(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    Date::new(i16::try_from(year).ok()?, pair(parts.next()?)?, pair(parts.next()?)?).ok()
}

fn pair(text: &str) -> Option<i8> {
    i8::try_from(digits(text, 2)?).ok()
}

/// What digits after the point say: at most nine.
fn nanoseconds(text: &str) -> Option<i32> {
    let scale = u32::try_from(text.len()).ok().and_then(|length| 9_u32.checked_sub(length))?;
    i32::try_from(digits(text, text.len())? * 10_u32.pow(scale)).ok()
}

/// The number that just so many digits make.
fn digits(text: &str, count: usize) -> Option<u32> {
    let all = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Moments {
        #[serde(deserialize_with = "read")]
        at: Timestamp,
        #[serde(default, deserialize_with = "read_or_null")]
        ended: Option<Timestamp>,
        #[serde(deserialize_with = "read_day")]
        day: Date,
    }

    fn moments(text: &str) -> Result<Moments, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn moments_are_read_in_any_zone_and_to_the_nanosecond() {
        let at = "2026-07-24T11:05:10.000000001Z".parse().unwrap();
        let day = Date::constant(2026, 7, 24);
        let read = moments(
            r#"{"at": "2026-07-24T13:05:10.000000001+02:00", "ended": null, "day": "2026-07-24"}"#,
        );
        assert_eq!(read.unwrap(), Moments { at, ended: None, day });
        let read = moments(
            r#"{"at": "2026-07-24T11:05:10.000000001Z", "ended": "2026-07-24T11:05:10.000000001Z", "day": "2026-07-24"}"#,
        );
        assert_eq!(read.unwrap(), Moments { at, ended: Some(at), day });
        assert!(moments(r#"{"at": "2026-07-24T11:05:10Z", "day": "2026-07-24"}"#).is_ok());
    }

    #[test]
    fn what_is_no_moment_is_refused_with_one_that_is() {
        let error = moments(r#"{"at": "yesterday", "day": "2026-07-24"}"#).unwrap_err().to_string();
        assert!(error.contains("yesterday") && error.contains("2026-07-24T13:05:10Z"), "{error}");
        assert!(moments(r#"{"at": "2026-07-24T11:05:10Z", "day": "2026-07-32"}"#).is_err());
    }

    #[test]
    fn only_the_whole_form_is_a_moment() {
        for wrong in [
            "",
            "T",
            "2026-07-24",
            "2026-07-24T13:05Z",
            "2026-07-24T13:05:10",
            "2026-07-24T13:05:10.Z",
            "2026-07-24T13:05:10.0123456789Z",
            "2026-07-24T24:05:10Z",
            "2026-02-30T13:05:10Z",
            "2026-07-24T13:05:10+2:00",
            "2026-07-24T13:05:10+02:0é",
            "26-07-24T13:05:10Z",
            "+026-07-24T13:05:10Z",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_read_as_it_was_printed(second in 0_i64..253_402_207_200, nano in 0..1_000_000_000) {
            let at = Timestamp::new(second, nano).unwrap();
            prop_assert_eq!(moment(&at.to_string()), Some(at));
            let at = Timestamp::from_second(second).unwrap();
            let east = at.display_with_offset(Offset::constant(-3)).to_string();
            prop_assert_eq!(moment(&east), Some(at));
            prop_assert_eq!(day(&Offset::UTC.to_datetime(at).date().to_string()).is_some(), true);
        }
    }
}
