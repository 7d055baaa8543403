//! How long to wait before trying again: twice as long each time, spread by chance.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// The wait after `failures` failures before this one; `chance` is between 0 and 1, so that
/// many tabs do not come back to a restarted server in one moment.
pub fn delay(failures: u32, chance: f64) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST);
    doubled.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit() {
        assert_eq!(delay(0, 1.0), Duration::from_millis(500));
        assert_eq!(delay(2, 1.0), Duration::from_secs(2));
        assert_eq!(delay(2, 0.0), Duration::from_secs(1));
        assert_eq!(delay(99, 1.0), LONGEST);
    }
}
