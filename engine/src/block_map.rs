//! Sets of the 64 blocks of a chunk, as one `u64`.

use std::{
    fmt,
    ops::{self, Range},
};

/// A set of blocks of one chunk: bit *n* is block *n*.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct BlockMap(pub(crate) u64);

impl BlockMap {
    pub(crate) const EMPTY: Self = Self(0);
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// How many blocks are in it.
    pub(crate) const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, block: u32) -> bool {
        self.0 >> block & 1 == 1
    }

    /// How many of its blocks come before `block`.
    pub(crate) const fn rank(self, block: u32) -> usize {
        (self.0 & ((1 << block) - 1)).count_ones() as usize
    }

    /// Its blocks as runs of neighbours, in order.
    pub(crate) fn runs(self) -> impl Iterator<Item = Range<u32>> {
        let mut blocks = self.into_iter().peekable();
        std::iter::from_fn(move || {
            let start = blocks.next()?;
            let mut end = start + 1;
            while blocks.next_if_eq(&end).is_some() {
                end += 1;
            }
            Some(start..end)
        })
    }

    /// The blocks in which two arrays of 64 differ.
    pub(crate) fn differing<T: PartialEq>(left: &[T; 64], right: &[T; 64]) -> Self {
        (0..64).filter(|&block| left[block as usize] != right[block as usize]).collect()
    }
}

impl ops::BitAnd for BlockMap {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl ops::BitOr for BlockMap {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Set difference.
impl ops::Sub for BlockMap {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl FromIterator<u32> for BlockMap {
    fn from_iter<I: IntoIterator<Item = u32>>(blocks: I) -> Self {
        Self(blocks.into_iter().fold(0, |map, block| map | 1 << block))
    }
}

impl IntoIterator for BlockMap {
    type Item = u32;
    type IntoIter = Blocks;

    fn into_iter(self) -> Blocks {
        Blocks(self.0)
    }
}

/// The blocks of a map, in ascending order.
#[derive(Debug, Clone)]
pub(crate) struct Blocks(u64);

impl Iterator for Blocks {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let block = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(block)
    }
}

impl fmt::Debug for BlockMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlockMap({:#018x})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_the_set_of_its_blocks() {
        let map: BlockMap = [0, 5, 63].into_iter().collect();
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [0, 5, 63]);
        assert_eq!((map.len(), map.rank(5), map.rank(63)), (3, 1, 2));
        assert!(map.contains(63) && !map.contains(62));
        assert_eq!(BlockMap::ALL - map, BlockMap(!map.0));
        assert_eq!(map.runs().collect::<Vec<_>>(), [0..1, 5..6, 63..64]);
        assert!(BlockMap::ALL.runs().eq(std::iter::once(0..64)));
        assert_eq!(BlockMap(0b0111_0110).runs().collect::<Vec<_>>(), [1..3, 4..7]);
    }
}
