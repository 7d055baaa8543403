//! What a job at work tells and is told: how far it is, and whether to stop.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use engine::Progress;
use shared::JobProgress;

/// Over how long the rate is taken.
const WINDOW: Duration = Duration::from_secs(5);

/// A job's progress and its end, shared with the threads that do the work.
#[derive(Debug, Default)]
pub(super) struct Watch {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
    suspended: AtomicBool,
}

impl Watch {
    /// Ends the job at its next safe point.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// The same, for the server's next start to begin it again.
    pub(super) fn suspend(&self) {
        // Who stopped it for good is not overruled.
        self.suspended.store(!self.stop.swap(true, Ordering::Relaxed), Ordering::Relaxed);
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Relaxed)
    }

    fn position(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

impl Progress for Watch {
    fn at(&self, done: u64, total: u64) {
        // Threads may tell out of order.
        self.done.fetch_max(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Turns positions into a rate and an end.
#[derive(Debug, Default)]
pub(super) struct Pace {
    positions: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// The progress now, in a phase of that name.
    pub(super) fn look(&mut self, watch: &Watch, phase: &str) -> JobProgress {
        let (done_bytes, total_bytes) = watch.position();
        self.step(Instant::now(), done_bytes, total_bytes, phase)
    }

    fn step(&mut self, now: Instant, done: u64, total: u64, phase: &str) -> JobProgress {
        self.positions.push_back((now, done));
        while self.positions.len() > 2 && now - self.positions[0].0 > WINDOW {
            self.positions.pop_front();
        }
        let (since, before) = self.positions[0];
        let millis = (now - since).as_millis().max(1);
        let rate = u128::from(done.saturating_sub(before)) * 1000 / millis;
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        let left = total.saturating_sub(done);
        JobProgress {
            phase: if total > 0 && left == 0 { "finishing".to_owned() } else { phase.to_owned() },
            done_bytes: done,
            total_bytes: total,
            rate_bytes_per_second: rate,
            eta_seconds: (rate > 0 && total > 0).then(|| left.div_ceil(rate)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let at = |second| start + Duration::from_secs(second);
        assert_eq!(pace.step(at(0), 0, 1000, "reading").eta_seconds, None);
        for second in 1..=10 {
            pace.step(at(second), second * 10, 1000, "reading");
        }
        let now = pace.step(at(11), 200, 1000, "reading");
        // 50 at six seconds… 200 at eleven.
        assert_eq!(now.rate_bytes_per_second, (200 - 60) / 5);
        assert_eq!(now.eta_seconds, Some(800_u64.div_ceil(28)));
        assert_eq!(pace.step(at(12), 1000, 1000, "reading").phase, "finishing");
    }

    #[test]
    fn who_was_stopped_for_good_is_not_begun_again() {
        let watch = Watch::default();
        watch.stop();
        watch.suspend();
        assert!(watch.cancelled() && !watch.is_suspended());
    }
}
