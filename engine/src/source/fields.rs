//! Numbers and texts in an image's structures, whose length their readers have checked.

/// The `N` bytes at an offset.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}

/// A number of 16 bits, its least significant byte first.
pub(super) fn le16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

/// A number of 32 bits, its least significant byte first.
pub(super) fn le32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// A number of 64 bits, its least significant byte first.
pub(super) fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

/// A number of 32 bits, its most significant byte first.
pub(super) fn be32(bytes: &[u8], at: usize) -> u32 {
    le32(bytes, at).swap_bytes()
}

/// A number of 64 bits, its most significant byte first.
pub(super) fn be64(bytes: &[u8], at: usize) -> u64 {
    le64(bytes, at).swap_bytes()
}

/// A text in UTF-16, its least significant bytes first, up to the first zero; what is no text in it
/// becomes U+FFFD.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| le16(unit, 0)).take_while(|&unit| unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Which bit of a byte is the first in a bitmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BitOrder {
    /// The most significant: VHD.
    Msb,
    /// The least significant: VHDX.
    Lsb,
}

/// A bit of a bitmap, and how many from it on have its value, up to `end` and the bitmap's end.
pub(super) fn bit_run(bits: &[u8], order: BitOrder, from: usize, end: usize) -> (bool, usize) {
    let end = end.min(bits.len() * 8);
    let bit = |at: usize| {
        let shift = if order == BitOrder::Msb { 7 - at % 8 } else { at % 8 };
        bits[at / 8] >> shift & 1 == 1
    };
    let value = bit(from);
    let whole = if value { 0xff } else { 0 };
    let mut at = from + 1;
    while at < end {
        if at.is_multiple_of(8) && bits[at / 8] == whole {
            at += 8;
        } else if bit(at) == value {
            at += 1;
        } else {
            break;
        }
    }
    (value, at.min(end) - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_bits_are_those_a_slow_count_finds() {
        let bits = [0b1110_0000_u8, 0xff, 0xff, 0b1000_0001, 0, 0, 0b0000_0100];
        for order in [BitOrder::Msb, BitOrder::Lsb] {
            let bit = |at: usize| {
                let byte = bits[at / 8];
                (if order == BitOrder::Msb { byte.reverse_bits() } else { byte }) >> (at % 8) & 1
                    == 1
            };
            for end in [1, 20, 56, 99] {
                for from in 0..end.min(56) {
                    let run = (from..end.min(56)).take_while(|&at| bit(at) == bit(from)).count();
                    assert_eq!(bit_run(&bits, order, from, end), (bit(from), run));
                }
            }
        }
    }

    #[test]
    fn numbers_and_texts_are_read() {
        assert_eq!((be32(&[0, 0, 1, 2, 9], 0), le32(&[9, 2, 1, 0, 0], 1)), (0x102, 0x102));
        assert_eq!(utf16(b"a\0\xe4\0\0\0b\0"), "aä");
    }
}
