//! Images made here, by the book, of kinds that no tool at hand makes.

pub(crate) mod vhd;
pub(crate) mod vhdx;

/// A number with its most significant byte first.
pub(crate) fn be32(value: u32) -> [u8; 4] {
    value.swap_bytes().to_le_bytes()
}

/// A number with its most significant byte first.
pub(crate) fn be64(value: u64) -> [u8; 8] {
    value.swap_bytes().to_le_bytes()
}

/// Puts bytes into others at an offset.
pub(crate) fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
    into[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A text in UTF-16, its least significant bytes first.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
