//! Several programs doing the same work in turn, round after round.

use std::time::Duration;

use anyhow::Result;

use super::{bytes::Bytes, measure::Sample};
use crate::say;

/// One program's part in a contest: given the round's number, it makes ready and measures.
pub(super) struct Side<'a> {
    pub(super) name: &'static str,
    pub(super) turn: Box<dyn FnMut(usize) -> Result<Sample> + 'a>,
}

impl<'a> Side<'a> {
    pub(super) fn new(name: &'static str, turn: impl FnMut(usize) -> Result<Sample> + 'a) -> Self {
        Self { name, turn: Box::new(turn) }
    }
}

/// What a side showed in all rounds.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) samples: Vec<Sample>,
    /// Why it dropped out.
    pub(super) failure: Option<String>,
}

impl Series {
    /// The fastest run, which the ratios are made of; `None`: it failed.
    pub(super) fn best(&self) -> Option<Sample> {
        if self.failure.is_some() {
            return None;
        }
        self.samples.iter().min_by_key(|sample| sample.usage.wall).copied()
    }

    /// All times, the shortest first.
    pub(super) fn walls(&self) -> Vec<Duration> {
        let mut walls: Vec<_> = self.samples.iter().map(|sample| sample.usage.wall).collect();
        walls.sort();
        walls
    }

    /// The time in the middle, the longer one of two.
    pub(super) fn median(&self) -> Option<Duration> {
        let walls = self.walls();
        walls.get(walls.len() / 2).copied()
    }

    /// The most memory that any run took.
    pub(super) fn peak(&self) -> Option<Bytes> {
        self.samples.iter().map(|sample| sample.usage.peak).max()
    }

    /// What a run stored, on average.
    pub(super) fn stored_by_each(&self) -> Option<Bytes> {
        Some(Bytes(self.stored()?.0 / self.samples.len() as u64))
    }

    /// What all rounds stored, together; `None`: it failed, or nobody looked.
    pub(super) fn stored(&self) -> Option<Bytes> {
        self.best()?;
        self.samples.iter().map(|sample| sample.stored).sum()
    }
}

/// Lets all sides have their turn in every round, after what is done once in a round. A side that
/// fails drops out, and the others go on.
pub(super) fn play(
    rounds: usize,
    mut before: impl FnMut(usize) -> Result<()>,
    sides: Vec<Side<'_>>,
) -> Result<Vec<Series>> {
    let mut turns = Vec::new();
    let mut series = Vec::new();
    for side in sides {
        series.push(Series { name: side.name, samples: Vec::new(), failure: None });
        turns.push(side.turn);
    }
    for round in 0..rounds {
        before(round)?;
        let mut words = Vec::new();
        for (series, turn) in series.iter_mut().zip(&mut turns) {
            if series.failure.is_some() {
                continue;
            }
            match turn(round) {
                Ok(sample) => {
                    words.push(format!("{} {:.3} s", series.name, sample.usage.wall.as_secs_f64()));
                    series.samples.push(sample);
                }
                Err(error) => {
                    words.push(format!("{} failed", series.name));
                    series.failure = Some(format!("{error:#}"));
                }
            }
        }
        say::error(&format!("  round {}: {}", round + 1, words.join(", ")));
    }
    Ok(series)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::bench::child::Usage;

    /// A sample of so many milliseconds.
    pub(in crate::bench) fn sample(wall: u64) -> Sample {
        let usage = Usage {
            wall: Duration::from_millis(wall),
            cpu: Duration::from_millis(2 * wall),
            peak: Bytes::mib(wall),
        };
        Sample { usage, others: 0.0, stored: None }
    }

    #[test]
    fn sides_take_turns_and_one_that_fails_drops_out() {
        let log = std::cell::RefCell::new(Vec::new());
        let good = Side::new("good", |round| {
            log.borrow_mut().push(format!("good {round}"));
            Ok(sample(30 - 10 * round as u64).storing(Bytes(5)))
        });
        let bad = Side::new("bad", |round| {
            log.borrow_mut().push(format!("bad {round}"));
            anyhow::ensure!(round != 1, "no room");
            Ok(sample(1))
        });
        let before = |round: usize| {
            log.borrow_mut().push(format!("before {round}"));
            Ok(())
        };
        let series = play(3, before, vec![bad, good]).unwrap();
        let expected = "before 0, bad 0, good 0, before 1, bad 1, good 1, before 2, good 2";
        assert_eq!(log.borrow().join(", "), expected);
        assert_eq!(series[0].failure.as_deref(), Some("no room"));
        assert!(series[0].best().is_none());
        let good = &series[1];
        assert_eq!(good.best().unwrap().usage.wall, Duration::from_millis(10));
        assert_eq!(good.median(), Some(Duration::from_millis(20)));
        assert_eq!(good.peak(), Some(Bytes::mib(30)));
        assert_eq!(good.stored(), Some(Bytes(15)));
        assert_eq!(good.stored_by_each(), Some(Bytes(5)));
        assert_eq!(series[0].stored(), None);
    }
}
