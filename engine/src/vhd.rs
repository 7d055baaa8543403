//! The fixed VHD format: the disk's bytes, then a footer of 512.
//!
//! Source: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0.

use shared::{ByteSize, Digest};

/// Length of the footer in bytes.
pub(crate) const FOOTER: usize = 512;

/// The footer of a fixed VHD: the same bytes for the same disk, every time.
pub(crate) fn fixed_footer(size: ByteSize, digest: Digest) -> [u8; FOOTER] {
    let (cylinders, heads, sectors) = geometry(size.bytes() / 512);
    let mut footer = [0; FOOTER];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        footer[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"conectix");
    put(&swap32(2)); // features: the reserved bit is always set
    put(&swap32(0x0001_0000)); // format version
    put(&[0xff; 8]); // data offset: none for fixed disks
    put(&[0; 4]); // time stamp: 2000-01-01, so that exports do not differ
    put(b"win "); // creator application: readers take the size, not the geometry, of this one
    put(&swap32(0x000a_0000)); // creator version
    put(b"Wi2k"); // creator host
    put(&swap64(size.bytes())); // original size
    put(&swap64(size.bytes())); // current size
    put(&[(cylinders >> 8) as u8, cylinders as u8, heads, sectors]);
    put(&swap32(2)); // type: fixed
    put(&[0; 4]); // checksum, filled in below
    put(&digest.0[..16]); // unique id
    let sum = checksum(&footer, 64);
    footer[64..68].copy_from_slice(&swap32(sum));
    footer
}

/// The checksum of a footer or a header that keeps it at an offset: the complement of the sum of
/// all other bytes.
pub(crate) fn checksum(bytes: &[u8], at: usize) -> u32 {
    let others = bytes[..at].iter().chain(&bytes[at + 4..]);
    !others.fold(0_u32, |sum, &byte| sum.wrapping_add(u32::from(byte)))
}

/// Cylinders, heads and sectors per track, by the specification's appendix.
fn geometry(sectors: u64) -> (u16, u8, u8) {
    let sectors = sectors.min(65535 * 16 * 255);
    let (per_track, heads, cylinder_heads);
    if sectors >= 65535 * 16 * 63 {
        (per_track, heads) = (255, 16);
        cylinder_heads = sectors / 255;
    } else {
        let mut tracks = sectors / 17;
        let mut guess = tracks.div_ceil(1024).max(4);
        let mut sectors_per_track = 17;
        if tracks >= guess * 1024 || guess > 16 {
            sectors_per_track = 31;
            guess = 16;
            tracks = sectors / 31;
        }
        if tracks >= guess * 1024 {
            sectors_per_track = 63;
            guess = 16;
            tracks = sectors / 63;
        }
        (per_track, heads) = (sectors_per_track, guess);
        cylinder_heads = tracks;
    }
    ((cylinder_heads / heads) as u16, heads as u8, per_track)
}

/// VHD is the one format here with its most significant byte first.
const fn swap32(value: u32) -> [u8; 4] {
    value.swap_bytes().to_le_bytes()
}

const fn swap64(value: u64) -> [u8; 8] {
    value.swap_bytes().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_says_its_size_and_sums_up() {
        let size = ByteSize::new(3 << 30).unwrap();
        let footer = fixed_footer(size, Digest([7; 32]));
        assert_eq!(footer[48..56], [0, 0, 0, 0, 0xc0, 0, 0, 0]);
        let mut blank = footer;
        blank[64..68].fill(0);
        let sum: u32 = blank.iter().map(|&byte| u32::from(byte)).sum();
        assert_eq!(footer[64..68], (!sum).swap_bytes().to_le_bytes());
    }

    #[test]
    fn the_geometry_is_the_specifications() {
        assert_eq!(geometry(40 * 2048), (963, 5, 17));
        assert_eq!(geometry(u64::MAX), (65535, 16, 255));
        assert_eq!(geometry(1), (0, 4, 17));
    }
}
