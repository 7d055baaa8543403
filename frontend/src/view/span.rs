//! A span of time, as it stands in an address: `FROM-TO`, in milliseconds since 1970.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

/// From one moment to a later one, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Its first moment.
    pub from: i64,
    /// Its last.
    pub to: i64,
}

impl Span {
    /// It and as much again on either side, so that moving by a screen shows what is there.
    #[must_use]
    pub const fn with_sides(self) -> Self {
        let length = self.to - self.from;
        Self { from: self.from - length, to: self.to + length }
    }

    /// Both ends as moments; one outside of what a calendar holds is none.
    pub fn moments(self) -> (Option<Timestamp>, Option<Timestamp>) {
        let moment = |at| Timestamp::from_millisecond(at).ok();
        (moment(self.from), moment(self.to))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// Text that is no span.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no span: use FROM-TO in milliseconds since 1970")]
pub struct ParseSpanError(String);

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let moment = |text: &str| text.parse::<u64>().ok().and_then(|at| i64::try_from(at).ok());
        // What is past the year 9999 is no moment of anybody's disk.
        let last = Timestamp::MAX.as_millisecond();
        let span = text.split_once('-').and_then(|(from, to)| {
            let span = Self { from: moment(from)?, to: moment(to)? };
            (span.from < span.to && span.to <= last).then_some(span)
        });
        span.ok_or_else(|| ParseSpanError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_what_it_prints() {
        let span = Span { from: 1_700_000_000_000, to: 1_700_000_060_000 };
        assert_eq!(span.to_string().parse(), Ok(span));
        let sides = Span { from: 1_699_999_940_000, to: 1_700_000_120_000 };
        assert_eq!(span.with_sides(), sides);
        for text in ["", "5", "5-", "5-5", "6-5", "-5-6", "0-99999999999999999"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
