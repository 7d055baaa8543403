//! A figure beside what it is to reach.

use std::fmt;

use super::{bytes::Bytes, contest::Series};

/// A figure that is to be reached.
#[derive(Debug)]
pub(super) struct Claim {
    /// What the figure says, as `as fast as restic`.
    pub(super) what: &'static str,
    /// `None`: a side that it takes was not measured.
    pub(super) value: Option<f64>,
    pub(super) unit: Unit,
    pub(super) reach: Reach,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Times,
    Milliseconds,
    Bytes,
}

/// Where a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    AtMost(f64),
    AtLeast(f64),
}

/// How a figure fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Reached,
    Missed,
    NotMeasured,
}

impl Claim {
    /// Our time as a multiple of another's, which is to be small.
    pub(super) fn time_of(what: &'static str, ours: &Series, theirs: &Series, most: f64) -> Self {
        let value = ratio(ours, theirs);
        Self { what, value, unit: Unit::Times, reach: Reach::AtMost(most) }
    }

    /// How many times as fast as another we are, which is to be large.
    pub(super) fn as_fast_as(
        what: &'static str,
        ours: &Series,
        theirs: &Series,
        least: f64,
    ) -> Self {
        let value = ratio(theirs, ours);
        Self { what, value, unit: Unit::Times, reach: Reach::AtLeast(least) }
    }

    /// What we stored as a multiple of something.
    pub(super) fn stored(
        what: &'static str,
        ours: Option<Bytes>,
        theirs: Option<Bytes>,
        most: f64,
    ) -> Self {
        let value = ours.zip(theirs).and_then(|(ours, theirs)| ours.over(theirs));
        Self { what, value, unit: Unit::Times, reach: Reach::AtMost(most) }
    }

    /// An amount with a bound.
    pub(super) fn bytes(what: &'static str, value: Option<Bytes>, most: Bytes) -> Self {
        let value = value.map(|value| value.0 as f64);
        Self { what, value, unit: Unit::Bytes, reach: Reach::AtMost(most.0 as f64) }
    }

    /// A time with a bound.
    pub(super) fn milliseconds(what: &'static str, ours: &Series, most: f64) -> Self {
        let value = ours.best().map(|sample| sample.usage.wall.as_secs_f64() * 1000.0);
        Self { what, value, unit: Unit::Milliseconds, reach: Reach::AtMost(most) }
    }

    /// Whether the figure is where it is to be.
    pub(super) fn verdict(&self) -> Verdict {
        match (self.value, self.reach) {
            (None, _) => Verdict::NotMeasured,
            (Some(value), Reach::AtMost(most)) if value <= most => Verdict::Reached,
            (Some(value), Reach::AtLeast(least)) if value >= least => Verdict::Reached,
            (Some(_), Reach::AtMost(_) | Reach::AtLeast(_)) => Verdict::Missed,
        }
    }

    /// The figure for people.
    pub(super) fn shown(&self) -> String {
        self.value.map_or_else(|| "?".to_owned(), |value| self.unit.shown(value))
    }

    /// What is to be reached, for people.
    pub(super) fn reach_shown(&self) -> String {
        match self.reach {
            Reach::AtMost(most) => format!("≤ {}", self.unit.shown(most)),
            Reach::AtLeast(least) => format!("≥ {}", self.unit.shown(least)),
        }
    }
}

/// The best time of one as a multiple of the best time of the other.
fn ratio(one: &Series, other: &Series) -> Option<f64> {
    let (one, other) = (one.best()?.usage.wall, other.best()?.usage.wall);
    Some(one.as_nanos() as f64 / other.as_nanos() as f64)
}

impl Unit {
    fn shown(self, value: f64) -> String {
        match self {
            Self::Times => format!("{value:.2} ×"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Bytes => Bytes(value as u64).to_string(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reached => "reached",
            Self::Missed => "MISSED",
            Self::NotMeasured => "not measured",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::contest::tests::sample, *};

    fn series(walls: &[u64]) -> Series {
        let samples = walls.iter().map(|wall| sample(*wall)).collect();
        Series { name: "it", samples, failure: None }
    }

    #[test]
    fn ratios_are_made_of_the_best_times() {
        let (ours, theirs) = (series(&[300, 200]), series(&[1000, 600, 900]));
        let claim = Claim::as_fast_as("as fast as restic", &ours, &theirs, 3.0);
        assert_eq!((claim.shown(), claim.reach_shown()), ("3.00 ×".into(), "≥ 3.00 ×".into()));
        assert_eq!(claim.verdict(), Verdict::Reached);
        assert_eq!(Claim::time_of("", &theirs, &ours, 2.9).verdict(), Verdict::Missed);
        assert_eq!(Claim::milliseconds("", &ours, 200.0).verdict(), Verdict::Reached);
    }

    #[test]
    fn a_side_that_failed_gives_no_figure() {
        let mut theirs = series(&[600]);
        theirs.failure = Some("no room".into());
        let claim = Claim::time_of("", &series(&[1]), &theirs, 1.0);
        assert_eq!((claim.verdict(), claim.shown()), (Verdict::NotMeasured, "?".into()));
        assert_eq!(Claim::time_of("", &series(&[]), &series(&[1]), 1.0).value, None);
    }

    #[test]
    fn stored_bytes_have_a_bound() {
        let some = |count| Some(Bytes(count));
        assert_eq!(Claim::stored("", some(125), some(100), 1.25).verdict(), Verdict::Reached);
        assert_eq!(Claim::stored("", some(126), some(100), 1.25).verdict(), Verdict::Missed);
        assert_eq!(Claim::stored("", some(126), None, 1.25).verdict(), Verdict::NotMeasured);
        let claim = Claim::bytes("stored", some(4097), Bytes::kib(4));
        assert_eq!(claim.verdict(), Verdict::Missed);
        assert_eq!(claim.reach_shown(), "≤ 4.0 KiB");
    }
}
