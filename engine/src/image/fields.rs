//! Structures of image files being filled in, field by field.

/// Bytes that were zeros, with what was put into them.
#[derive(Debug, Clone)]
pub(super) struct Fields(pub(super) Vec<u8>);

impl Fields {
    pub(super) fn new(length: usize) -> Self {
        Self(vec![0; length])
    }

    /// Puts bytes at an offset.
    pub(super) fn put(&mut self, at: usize, field: &[u8]) {
        self.0[at..at + field.len()].copy_from_slice(field);
    }
}

/// A number of 16 bits, its most significant byte first.
pub(super) const fn be16(value: u16) -> [u8; 2] {
    value.swap_bytes().to_le_bytes()
}

/// A number of 32 bits, its most significant byte first.
pub(super) const fn be32(value: u32) -> [u8; 4] {
    value.swap_bytes().to_le_bytes()
}

/// A number of 64 bits, its most significant byte first.
pub(super) const fn be64(value: u64) -> [u8; 8] {
    value.swap_bytes().to_le_bytes()
}
