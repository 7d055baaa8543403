//! VHD: fixed, the disk's bytes and a footer; dynamic, a table and the blocks that hold data.
//!
//! Source: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0.

use std::sync::Arc;

use bytes::Bytes;
use shared::{ByteSize, Digest};

use super::{
    allocation::Allocation,
    fields::{Fields, be32, be64},
    layout::Layout,
};

/// Length of the footer in bytes.
pub(crate) const FOOTER: usize = 512;

/// Length of a dynamic disk's header in bytes.
pub(crate) const HEADER: usize = 1024;

/// What the table of a dynamic disk says of a block that is not there.
pub(crate) const ABSENT: u32 = u32::MAX;

/// The unit in which places are counted.
pub(crate) const SECTOR: u64 = 512;

/// Bytes of the disk in a block of a dynamic disk, as everybody makes them.
pub(super) const BLOCK: u64 = 2 << 20;

/// What is before each block: its bitmap, of one bit a sector, all of them set. It ends where a
/// page of 4 KiB does, so that blocks of zeros stay holes in the file.
const BEFORE: usize = 4096;
const BITMAP: usize = (BLOCK / SECTOR / 8) as usize;

/// A fixed VHD.
pub(super) fn fixed(size: ByteSize, digest: Digest) -> Layout {
    Layout::default().disk(size).given(size.bytes(), footer(size, digest, None))
}

/// A dynamic VHD.
pub(super) fn dynamic(size: ByteSize, digest: Digest, allocated: Allocation) -> Layout {
    let header_at = FOOTER as u64;
    let table_at = header_at + HEADER as u64;
    let entries = size.bytes().div_ceil(BLOCK);
    let table_length = (entries * 4).next_multiple_of(SECTOR);
    let blocks_at = (table_at + table_length).next_multiple_of(BEFORE as u64);
    let stride = BEFORE as u64 + BLOCK;
    let end = blocks_at + allocated.count() * stride;
    let mut before = vec![0; BEFORE];
    before[BEFORE - BITMAP..].fill(0xff);
    let allocated = Arc::new(allocated);
    let of_table = Arc::clone(&allocated);
    let entry = move |block| {
        let bitmap_at = |rank| blocks_at + rank * stride + (BEFORE - BITMAP) as u64;
        be32(of_table.rank(block).map_or(ABSENT, |rank| (bitmap_at(rank) / SECTOR) as u32))
    };
    let footer = Bytes::copy_from_slice(&footer(size, digest, Some(header_at)));
    Layout::default()
        .given(0, footer.clone())
        .given(header_at, header(table_at, entries as u32))
        .table(table_at, table_length, entry)
        .blocks(blocks_at, before.into(), BLOCK, size, allocated)
        .given(end, footer)
}

/// The footer of a fixed VHD, or of a dynamic one, whose header is somewhere: the same bytes for
/// the same disk, every time.
pub(crate) fn footer(size: ByteSize, digest: Digest, header: Option<u64>) -> Vec<u8> {
    let (cylinders, heads, sectors) = geometry(size.bytes() / SECTOR);
    let mut footer = Fields::new(FOOTER);
    footer.put(0, b"conectix");
    footer.put(8, &be32(2)); // features: the reserved bit is always set
    footer.put(12, &be32(0x0001_0000)); // format version
    footer.put(16, &be64(header.unwrap_or(u64::MAX)));
    footer.put(24, &be32(0)); // time stamp: 2000-01-01, so that exports do not differ
    footer.put(28, b"win "); // creator application: readers take the size, not the geometry, of it
    footer.put(32, &be32(0x000a_0000)); // creator version
    footer.put(36, b"Wi2k"); // creator host
    footer.put(40, &be64(size.bytes())); // original size
    footer.put(48, &be64(size.bytes())); // current size
    footer.put(56, &[(cylinders >> 8) as u8, cylinders as u8, heads, sectors]);
    footer.put(60, &be32(if header.is_none() { 2 } else { 3 })); // type: fixed or dynamic
    footer.put(68, &digest.0[..16]); // unique id
    summed_up(footer, 64)
}

/// The header of a dynamic VHD.
fn header(table_at: u64, entries: u32) -> Vec<u8> {
    let mut header = Fields::new(HEADER);
    header.put(0, b"cxsparse");
    header.put(8, &be64(u64::MAX)); // data offset: nothing follows
    header.put(16, &be64(table_at));
    header.put(24, &be32(0x0001_0000)); // header version
    header.put(28, &be32(entries));
    header.put(32, &be32(BLOCK as u32));
    summed_up(header, 36)
}

/// A structure with its checksum put in.
fn summed_up(mut structure: Fields, at: usize) -> Vec<u8> {
    let sum = checksum(&structure.0, at);
    structure.put(at, &be32(sum));
    structure.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_says_its_size_and_sums_up() {
        let size = ByteSize::new(3 << 30).unwrap();
        let footer = footer(size, Digest([7; 32]), None);
        assert_eq!(footer[48..56], [0, 0, 0, 0, 0xc0, 0, 0, 0]);
        let mut blank = footer.clone();
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
