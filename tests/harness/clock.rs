//! A clock that a test winds: it starts on a fixed day and goes on by a second with every look.

use std::sync::atomic::{AtomicI64, Ordering};

use engine::Clock;
use jiff::Timestamp;

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600;

/// The same times in every run, no two of them equal.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(START))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let second = self.0.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(second).expect("a test does not last to the end of time")
    }
}
