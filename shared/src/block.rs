//! Places on a disk: 4 KiB blocks, the unit of change, and 256 KiB chunks, the unit of hashing.

use serde::{Deserialize, Serialize};

/// Length of a block in bytes: the unit in which change is stored and reported.
pub const BLOCK_BYTES: u64 = 4096;

/// Blocks in a chunk: 64, so that a map of a chunk's blocks is one `u64`.
pub const BLOCKS_PER_CHUNK: u64 = 64;

/// Length of a chunk in bytes (256 KiB): the unit of hashing and of storing.
pub const CHUNK_BYTES: u64 = BLOCK_BYTES * BLOCKS_PER_CHUNK;

/// Number of a 4 KiB block, counted from the disk's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockIndex(pub u64);

impl BlockIndex {
    /// Offset of the block's first byte on the disk.
    pub const fn offset_bytes(self) -> u64 {
        self.0 * BLOCK_BYTES
    }
}

/// Number of a 256 KiB chunk, counted from the disk's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkIndex(pub u64);

impl ChunkIndex {
    /// The chunk that holds the disk's byte at `offset`.
    pub const fn containing(offset: u64) -> Self {
        Self(offset / CHUNK_BYTES)
    }

    /// Offset of the chunk's first byte on the disk.
    pub const fn offset_bytes(self) -> u64 {
        self.0 * CHUNK_BYTES
    }

    /// The disk's number of the chunk's `block`-th block (0 to 63).
    pub const fn block(self, block: u32) -> BlockIndex {
        BlockIndex(self.0 * BLOCKS_PER_CHUNK + block as u64)
    }
}
