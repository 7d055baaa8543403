//! Sizes of disks in bytes, kept apart from counts and offsets by their type.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{BLOCK_BYTES, CHUNK_BYTES};

/// The size of a disk in bytes: a whole number of 512-byte sectors, at least one, at most 16 PiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(
    feature = "openapi",
    schema(minimum = 512, maximum = 18_014_398_509_481_984_u64, multiple_of = 512)
)]
#[serde(try_from = "u64", into = "u64")]
pub struct ByteSize(u64);

/// A size that no disk here can have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ByteSizeError {
    /// There is nothing to keep.
    #[error("the disk is empty (0 bytes)")]
    Zero,
    /// The size is not a whole number of 512-byte sectors.
    #[error("{0} bytes is not a whole number of 512-byte sectors")]
    NotSectorAligned(u64),
    /// The size is past what a tree of four levels spans.
    #[error("{0} bytes is more than the largest disk, 16 PiB")]
    TooLarge(u64),
}

impl ByteSize {
    /// The largest disk: 16 PiB, what a tree of four levels spans.
    pub const MAX: Self = Self(1 << 54);

    /// A size in bytes.
    pub const fn new(bytes: u64) -> Result<Self, ByteSizeError> {
        if bytes == 0 {
            Err(ByteSizeError::Zero)
        } else if !bytes.is_multiple_of(512) {
            Err(ByteSizeError::NotSectorAligned(bytes))
        } else if bytes > Self::MAX.0 {
            Err(ByteSizeError::TooLarge(bytes))
        } else {
            Ok(Self(bytes))
        }
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// How many 4 KiB blocks it takes to hold the disk; the last may be partly past its end.
    pub const fn blocks(self) -> u64 {
        self.0.div_ceil(BLOCK_BYTES)
    }

    /// How many 256 KiB chunks it takes to hold the disk; the last may be partly past its end.
    pub const fn chunks(self) -> u64 {
        self.0.div_ceil(CHUNK_BYTES)
    }
}

impl TryFrom<u64> for ByteSize {
    type Error = ByteSizeError;

    fn try_from(bytes: u64) -> Result<Self, Self::Error> {
        Self::new(bytes)
    }
}

impl From<ByteSize> for u64 {
    fn from(size: ByteSize) -> Self {
        size.0
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_sector_is_no_size() {
        assert_eq!(ByteSize::new(513), Err(ByteSizeError::NotSectorAligned(513)));
        assert_eq!(ByteSize::new(0), Err(ByteSizeError::Zero));
        assert_eq!(ByteSize::new(1024).unwrap().to_string(), "1024 B");
    }

    #[test]
    fn the_last_block_may_be_partial() {
        let size = ByteSize::new(4096 + 512).unwrap();
        assert_eq!((size.blocks(), size.chunks()), (2, 1));
    }
}
