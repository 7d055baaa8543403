//! Numbers that look random and are the same for the same seed: every run changes the same blocks.

use std::collections::BTreeSet;

/// A stream of numbers (splitmix64).
#[derive(Clone, Debug)]
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

    /// Different numbers below `end`, in order; all of them where there are no more.
    pub(super) fn some_below(&mut self, end: u64, count: u64) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        while (found.len() as u64) < count.min(end) {
            found.insert(self.below(end));
        }
        found
    }

    /// Bytes that nothing makes smaller.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        for eight in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            eight.copy_from_slice(&number[..eight.len()]);
        }
    }
}

/// A number that depends on every bit of another.
const fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A number made of a name, to put names in an order that has nothing to do with them.
pub(super) fn of_name(name: &str) -> u64 {
    name.bytes().fold(0, |number, byte| mix(number ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_picks_the_same() {
        let picked = Chance::new(7).some_below(1000, 10);
        assert_eq!(picked.len(), 10);
        assert_eq!(picked, Chance::new(7).some_below(1000, 10));
        assert_ne!(picked, Chance::new(8).some_below(1000, 10));
    }

    #[test]
    fn no_more_are_picked_than_there_are() {
        assert_eq!(Chance::new(7).some_below(3, 10), BTreeSet::from([0, 1, 2]));
        assert_eq!(Chance::new(7).some_below(0, 10), BTreeSet::new());
    }
}
