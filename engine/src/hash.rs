//! Names by content: chunk ids, node ids, and the 4 KiB chaining values between them.
//!
//! A chunk's id is the plain BLAKE3 hash of its 256 KiB; the chaining values of its 64 blocks are
//! nodes of the same hash tree, with offsets counted from the chunk's start, so that they merge to
//! the id and prove themselves.

use std::{fmt, sync::LazyLock};

use blake3::{
    Hasher,
    hazmat::{HasherExt as _, Mode, merge_subtrees_non_root, merge_subtrees_root},
};
use shared::{BLOCK_BYTES, BLOCKS_PER_CHUNK, CHUNK_BYTES, Digest};

use crate::block_map::BlockMap;

/// Bytes in a block, as an index type.
pub(crate) const BLOCK: usize = BLOCK_BYTES as usize;
/// Bytes in a chunk, as an index type.
pub(crate) const CHUNK: usize = CHUNK_BYTES as usize;
/// Blocks in a chunk, as an index type.
pub(crate) const BLOCKS: usize = BLOCKS_PER_CHUNK as usize;

/// The chaining value of one 4 KiB block at its place in a chunk.
pub(crate) type ChainingValue = [u8; 32];

/// The chaining values of a chunk's 64 blocks.
pub(crate) type Outboard = [ChainingValue; BLOCKS];

/// The name of a stored item: of a chunk or of a tree node, by its content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemId(pub(crate) [u8; 32]);

/// The first 16 bytes of an item's name: enough to find it by; the whole name proves it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ItemPrefix(pub(crate) [u8; 16]);

impl ItemId {
    pub(crate) fn prefix(&self) -> ItemPrefix {
        let mut prefix = [0; 16];
        prefix.copy_from_slice(&self.0[..16]);
        ItemPrefix(prefix)
    }
}

impl ItemPrefix {
    /// The first 8 bytes, by which index rows are sorted.
    pub(crate) fn sort_key(&self) -> u64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.0[..8]);
        // Not an integer at rest but the order of bytes: most significant first.
        key.iter().fold(0, |sum, &byte| (sum << 8) | u64::from(byte))
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for ItemPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ItemPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}…")
    }
}

/// The id of a chunk: BLAKE3 of its 256 KiB.
pub(crate) fn chunk_id(chunk: &[u8]) -> ItemId {
    debug_assert_eq!(chunk.len(), CHUNK, "a chunk is hashed whole");
    ItemId(*blake3::hash(chunk).as_bytes())
}

/// The id of a tree node: BLAKE3 of its encoding, under a context of its own.
pub(crate) fn node_id(encoded: &[u8]) -> ItemId {
    ItemId(blake3::derive_key("skikt 2026-11-22 tree node v1", encoded))
}

/// The digest that commits to a whole disk: its size and its tree.
pub(crate) fn snapshot_digest(size_bytes: u64, root: Option<ItemId>) -> Digest {
    let mut hasher = Hasher::new_derive_key("skikt 2026-11-22 snapshot digest");
    hasher.update(&[1]);
    hasher.update(&size_bytes.to_le_bytes());
    hasher.update(&root.map_or([0; 32], |id| id.0));
    Digest(*hasher.finalize().as_bytes())
}

/// The first 16 bytes of the BLAKE3 hash of some parts: the checksum of a frame or a page.
pub(crate) fn checksum(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut checksum = [0; 16];
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    checksum
}

/// The chaining value of one block at its place in a chunk.
fn chaining_value(block: &[u8], index: usize) -> ChainingValue {
    Hasher::new().set_input_offset((index * BLOCK) as u64).update(block).finalize_non_root()
}

/// The chaining values of a chunk's blocks; zero blocks cost no hashing.
pub(crate) fn outboard(chunk: &[u8], non_zero: BlockMap) -> Outboard {
    let mut values = *ZERO_OUTBOARD;
    for block in non_zero {
        let index = block as usize;
        values[index] = chaining_value(&chunk[index * BLOCK..(index + 1) * BLOCK], index);
    }
    values
}

/// The chaining values of an all-zero chunk.
pub(crate) static ZERO_OUTBOARD: LazyLock<Outboard> = LazyLock::new(|| {
    let zeros = [0; BLOCK];
    std::array::from_fn(|index| chaining_value(&zeros, index))
});

/// The blocks that are not all zeros, by their chaining values.
pub(crate) fn non_zero_values(outboard: &Outboard) -> BlockMap {
    BlockMap::differing(outboard, &ZERO_OUTBOARD)
}

/// The id of the chunk whose blocks have these chaining values.
pub(crate) fn merge(outboard: &Outboard) -> ItemId {
    let mut level = *outboard;
    let mut count = BLOCKS;
    while count > 2 {
        for pair in 0..count / 2 {
            level[pair] =
                merge_subtrees_non_root(&level[2 * pair], &level[2 * pair + 1], Mode::Hash);
        }
        count /= 2;
    }
    ItemId(*merge_subtrees_root(&level[0], &level[1], Mode::Hash).as_bytes())
}

/// The blocks of a chunk that are not all zeros.
pub(crate) fn non_zero_blocks(chunk: &[u8]) -> BlockMap {
    let blocks = chunk.chunks_exact(BLOCK).enumerate();
    blocks.filter(|(_, block)| !is_zero(block)).map(|(index, _)| index as u32).collect()
}

/// Whether all bytes are zero. Stops at the first group of 64 that is not.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    let (groups, rest) = bytes.as_chunks::<64>();
    groups.iter().all(|group| group.iter().fold(0, |or, &byte| or | byte) == 0)
        && rest.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(seed: usize, holes: bool) -> Vec<u8> {
        let byte = |i: usize| {
            let block = i / BLOCK;
            if holes && block % 3 == 1 { 0 } else { (i * 31 + block * 7 + seed) as u8 | 1 }
        };
        (0..CHUNK).map(byte).collect()
    }

    #[test]
    fn chaining_values_merge_to_the_chunks_id() {
        for (seed, holes) in [(0, false), (1, true), (9, true)] {
            let chunk = chunk(seed, holes);
            let values = outboard(&chunk, non_zero_blocks(&chunk));
            assert_eq!(merge(&values), chunk_id(&chunk));
        }
        assert_eq!(merge(&ZERO_OUTBOARD), chunk_id(&vec![0; CHUNK]));
    }

    #[test]
    fn zero_blocks_are_found_one_by_one() {
        let chunk = chunk(5, true);
        let map = non_zero_blocks(&chunk);
        for block in 0..BLOCKS {
            assert_eq!(map.contains(block as u32), block % 3 != 1);
        }
        let mut one = vec![0; BLOCK];
        assert!(is_zero(&one));
        one[BLOCK - 1] = 1;
        assert!(!is_zero(&one));
    }
}
