//! Trying again: for as long as a server takes to start anew, ever more slowly.

use std::{thread, time::Duration};

use super::{ClientError, Watch};

/// Failures in a row after which it is given up.
const FAILURES: u32 = 8;

/// The first pause, and the longest; together the pauses are some 25 seconds.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(6);

/// How often a pause looks whether it should end.
const LOOK: Duration = Duration::from_millis(50);

/// How much of it is left.
#[derive(Debug, Default)]
pub(super) struct Patience {
    failures: u32,
}

impl Patience {
    /// Pauses before the next attempt, or gives the error back if there should be none.
    pub(super) fn pause(
        &mut self,
        error: ClientError,
        watch: &dyn Watch,
    ) -> Result<(), ClientError> {
        self.failures += 1;
        if !error.may_pass() || self.failures > FAILURES {
            return Err(error);
        }
        watch.phase("waiting for the server");
        let mut left = LONGEST.min(FIRST * 2_u32.pow(self.failures - 1));
        while !left.is_zero() {
            if watch.cancelled() {
                return Err(error);
            }
            let step = left.min(LOOK);
            thread::sleep(step);
            left -= step;
        }
        Ok(())
    }

    /// Something succeeded.
    pub(super) fn restore(&mut self) {
        self.failures = 0;
    }
}
