//! Numbers that look random and are the same for the same seed: a demo is told the same way twice.

use std::ops::Range;

/// A stream of numbers (splitmix64).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`, which is not 0.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number of a range, which is not empty.
    pub(super) const fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    /// A number below `end`, the small ones more often: the higher the power, the more so.
    pub(super) fn skewed(&mut self, end: u64, power: i32) -> u64 {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (end as f64 * share.powi(power)) as u64
    }

    /// One of some things, of which there is at least one.
    pub(super) const fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len() as u64) as usize]
    }
}

/// A number that depends on every bit of another.
pub(super) const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
