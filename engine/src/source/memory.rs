//! A disk in memory, for tests and for disks that are made, not read.

use std::ops::Range;

use bytes::Bytes;
use shared::ByteSize;

use super::{BlockSource, SourceError};

/// Bytes as a disk; runs of zeros count as data, since nothing says otherwise.
#[derive(Debug, Clone)]
pub struct MemorySource {
    bytes: Bytes,
    size: ByteSize,
}

impl MemorySource {
    /// A disk of these bytes; `None` if no disk has such a length.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let size = ByteSize::new(bytes.len() as u64).ok()?;
        Some(Self { bytes: bytes.into(), size })
    }
}

impl BlockSource for MemorySource {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn next_data(&self, from: u64) -> Result<Option<Range<u64>>, SourceError> {
        Ok((from < self.size.bytes()).then(|| from..self.size.bytes()))
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let start = offset as usize;
        bytes.copy_from_slice(&self.bytes[start..start + bytes.len()]);
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }
}
