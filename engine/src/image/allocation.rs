//! Which blocks of a disk hold data: a set in which each block knows how many come before it.
//!
//! It takes room for what is allocated, not for the disk: 24 bytes for every 64 neighbouring blocks
//! of which one is there, 48 MiB for a full disk of 32 TiB in blocks of 256 KiB.

use crate::block_map::BlockMap;

/// A set of blocks, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    /// In order, none of them empty.
    words: Vec<Word>,
}

/// Those of 64 neighbouring blocks that are in the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    /// The first block's number / 64.
    number: u64,
    blocks: BlockMap,
    /// How many blocks of the set come before.
    before: u64,
}

impl Word {
    const fn end(&self) -> u64 {
        self.before + self.blocks.len() as u64
    }
}

impl Allocation {
    /// Adds a block, which must come after all the others or be the last of them again.
    pub(crate) fn push(&mut self, block: u64) {
        let (number, bit) = (block / 64, BlockMap(1 << (block % 64)));
        let count = self.count();
        match self.words.last_mut() {
            Some(word) if word.number == number => word.blocks = word.blocks | bit,
            _ => self.words.push(Word { number, blocks: bit, before: count }),
        }
    }

    /// How many blocks there are.
    pub(crate) fn count(&self) -> u64 {
        self.words.last().map_or(0, Word::end)
    }

    /// How many blocks come before this one, if it is there.
    pub(crate) fn rank(&self, block: u64) -> Option<u64> {
        let at = self.words.binary_search_by_key(&(block / 64), |word| word.number).ok()?;
        let (word, bit) = (&self.words[at], (block % 64) as u32);
        word.blocks.contains(bit).then(|| word.before + word.blocks.rank(bit) as u64)
    }

    /// The block before which that many come, if there are more.
    pub(crate) fn select(&self, rank: u64) -> Option<u64> {
        let word = self.words.get(self.words.partition_point(|word| word.end() <= rank))?;
        let bit = word.blocks.into_iter().nth((rank - word.before) as usize)?;
        Some(word.number * 64 + u64::from(bit))
    }

    /// Of blocks that many times as large, which are there: those that hold one of these. They must
    /// not begin inside one of the 64s.
    pub(crate) fn in_groups_of(&self, blocks: u64) -> Self {
        debug_assert!(blocks.is_multiple_of(64), "groups of {blocks} blocks");
        let mut groups = Self::default();
        self.words.iter().for_each(|word| groups.push(word.number * 64 / blocks));
        groups
    }

    /// About how much memory it takes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.capacity() * size_of::<Word>()
    }

    /// Gives back the room that was kept for more blocks.
    pub(crate) fn shrink(&mut self) {
        self.words.shrink_to_fit();
    }
}

impl FromIterator<u64> for Allocation {
    fn from_iter<I: IntoIterator<Item = u64>>(blocks: I) -> Self {
        let mut allocation = Self::default();
        blocks.into_iter().for_each(|block| allocation.push(block));
        allocation.shrink();
        allocation
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranks_and_blocks_are_those_that_a_slow_count_finds(
            blocks in prop::collection::btree_set(0..2000_u64, 0..300),
            far in prop::collection::btree_set(1_u64 << 36..1 << 37, 0..9),
        ) {
            let set: BTreeSet<u64> = blocks.into_iter().chain(far).collect();
            // A block of a format is found once for each chunk in it.
            let allocation: Allocation = set.iter().flat_map(|&block| [block, block]).collect();
            prop_assert_eq!(allocation.count(), set.len() as u64);
            for (rank, &block) in (0..).zip(&set) {
                prop_assert_eq!(allocation.rank(block), Some(rank));
                prop_assert_eq!(allocation.select(rank), Some(block));
                let next = allocation.rank(block + 1);
                prop_assert_eq!(next, set.contains(&(block + 1)).then_some(rank + 1));
            }
            prop_assert_eq!(allocation.select(set.len() as u64), None);
            let groups: Allocation = set.iter().map(|block| block / 128).collect();
            prop_assert_eq!(allocation.in_groups_of(128), groups);
        }
    }

    #[test]
    fn a_full_disk_of_32_tib_fits_and_a_sparse_one_costs_what_it_holds() {
        let full: Allocation = (0..1 << 27).collect();
        assert!(full.memory_bytes() <= 48 << 20, "{}", full.memory_bytes());
        assert_eq!((full.count(), full.select(1 << 26)), (1 << 27, Some(1 << 26)));
        let sparse: Allocation = (0..100).map(|number| number << 29).collect();
        assert!(sparse.memory_bytes() <= 2400, "{}", sparse.memory_bytes());
    }
}
