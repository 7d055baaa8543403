//! VHDX, dynamic: two headers and region tables, an empty log, metadata, a table, and the blocks
//! that hold data.
//!
//! Source: Microsoft, MS-VHDX, "Virtual Hard Disk v2 (VHDX) File Format".

pub(crate) mod crc;
pub(crate) mod names;

use std::sync::Arc;

use bytes::Bytes;
use shared::{ByteSize, Digest};

use self::names::{
    BAT, DISK_ID, DISK_SIZE, FILE_PARAMETERS, Guid, HEADER, HEADERS_AT, LOGICAL_SECTOR, METADATA,
    METADATA_TABLE, MIB, PHYSICAL_SECTOR, PRESENT, REGIONS, REGIONS_AT, chunk_ratio, entry_count,
};
use super::{allocation::Allocation, fields::Fields, layout::Layout};

/// Bytes in a sector that a guest sees: every size of a disk is a number of them.
const SECTOR: u32 = 512;
/// Bytes in a sector that a guest had better write: what is stored as one.
const BEST_SECTOR: u32 = 4096;

/// The most blocks that a disk is cut into: as many as a table of 32 MiB has.
const MOST_BLOCKS: u64 = 1 << 22;

/// Where the log is, and how long: it is empty.
const LOG_AT: u64 = MIB;
const LOG_LENGTH: u32 = MIB as u32;
const METADATA_AT: u64 = LOG_AT + LOG_LENGTH as u64;
const METADATA_LENGTH: u32 = MIB as u32;
const BAT_AT: u64 = METADATA_AT + METADATA_LENGTH as u64;

/// Bytes of the disk in a block: 2 MiB up to 8 TiB, and more for larger disks, so that the table
/// stays small.
pub(super) const fn block_bytes(size: ByteSize) -> u64 {
    let mut block = 2 * MIB;
    while size.bytes().div_ceil(block) > MOST_BLOCKS {
        block *= 2;
    }
    block
}

/// A VHDX, whose blocks that hold data are `allocated`.
pub(super) fn layout(size: ByteSize, digest: Digest, allocated: Allocation) -> Layout {
    let block = block_bytes(size);
    let ratio = chunk_ratio(u64::from(SECTOR), block);
    let entries = entry_count(size.bytes().div_ceil(block), ratio);
    let bat_length = (entries * 8).next_multiple_of(MIB);
    let data_at = BAT_AT + bat_length;
    let allocated = Arc::new(allocated);
    let of_table = Arc::clone(&allocated);
    let entry = move |entry: u64| {
        let (chunk, slot) = (entry / (ratio + 1), entry % (ratio + 1));
        // What comes after the blocks that share sector bitmaps is the place of those: there are
        // none, since no block is there in part.
        let is_block = slot < ratio;
        let rank = is_block.then(|| of_table.rank(chunk * ratio + slot)).flatten();
        rank.map_or(0, |rank| (data_at + rank * block) | PRESENT).to_le_bytes()
    };
    let regions = Bytes::from(regions(bat_length as u32));
    let [first, second] = HEADERS_AT;
    let [first_regions, second_regions] = REGIONS_AT;
    Layout::default()
        .given(0, identifier())
        .given(first, header(1, digest))
        .given(second, header(2, digest))
        .given(first_regions, regions.clone())
        .given(second_regions, regions)
        // The log: zeros.
        .given(METADATA_AT, metadata(size, block as u32, digest))
        .table(BAT_AT, bat_length, entry)
        .blocks(data_at, Bytes::new(), block, size, allocated)
}

/// What a VHDX begins with: its magic, and who made it.
fn identifier() -> Vec<u8> {
    let mut identifier = b"vhdxfile".to_vec();
    identifier.extend("Skikt".encode_utf16().flat_map(u16::to_le_bytes));
    identifier
}

/// A header; the one with the higher sequence number counts.
fn header(sequence: u64, digest: Digest) -> Vec<u8> {
    let mut header = Fields::new(HEADER);
    header.put(0, b"head");
    header.put(8, &sequence.to_le_bytes());
    header.put(16, &digest.0[..16]); // file write GUID
    header.put(32, &digest.0[16..]); // data write GUID: what a child would hold it to
    // No log GUID, at 48: the log holds nothing. Its version, at 64, is 0.
    header.put(66, &1_u16.to_le_bytes()); // version
    header.put(68, &LOG_LENGTH.to_le_bytes());
    header.put(72, &LOG_AT.to_le_bytes());
    summed_up(header)
}

/// The table of regions.
fn regions(bat_length: u32) -> Vec<u8> {
    let mut table = Fields::new(REGIONS);
    table.put(0, b"regi");
    table.put(8, &2_u32.to_le_bytes());
    let regions = [(BAT, BAT_AT, bat_length), (METADATA, METADATA_AT, METADATA_LENGTH)];
    for (at, (name, offset, length)) in (16..).step_by(32).zip(regions) {
        table.put(at, &name);
        table.put(at + 16, &offset.to_le_bytes());
        table.put(at + 24, &length.to_le_bytes());
        table.put(at + 28, &1_u32.to_le_bytes()); // required
    }
    summed_up(table)
}

/// The metadata: its table, and the items behind it, one after the other.
fn metadata(size: ByteSize, block: u32, digest: Digest) -> Vec<u8> {
    const OF_DISK: u32 = 2;
    const REQUIRED: u32 = 4;
    let items: [(Guid, u32, &[u8]); 5] = [
        // And no flags: not fixed, no parent.
        (FILE_PARAMETERS, REQUIRED, &u64::from(block).to_le_bytes()),
        (DISK_SIZE, REQUIRED | OF_DISK, &size.bytes().to_le_bytes()),
        (DISK_ID, REQUIRED | OF_DISK, &digest.0[..16]),
        (LOGICAL_SECTOR, REQUIRED | OF_DISK, &SECTOR.to_le_bytes()),
        (PHYSICAL_SECTOR, REQUIRED | OF_DISK, &BEST_SECTOR.to_le_bytes()),
    ];
    let mut metadata = Fields::new(METADATA_TABLE + 4096);
    metadata.put(0, b"metadata");
    metadata.put(10, &(items.len() as u16).to_le_bytes());
    let mut item_at = METADATA_TABLE;
    for (at, (name, flags, item)) in (32..).step_by(32).zip(items) {
        metadata.put(at, &name);
        metadata.put(at + 16, &(item_at as u32).to_le_bytes());
        metadata.put(at + 20, &(item.len() as u32).to_le_bytes());
        metadata.put(at + 24, &flags.to_le_bytes());
        metadata.put(item_at, item);
        item_at += item.len();
    }
    metadata.0
}

/// A structure with its checksum put in.
fn summed_up(mut structure: Fields) -> Vec<u8> {
    let sum = crc::of_structure(&structure.0);
    structure.put(4, &sum.to_le_bytes());
    structure.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_with_the_disk_and_their_table_does_not() {
        for (tib, mib) in [(1, 2), (8, 2), (9, 4), (16, 4), (32, 8), (64, 16)] {
            let size = ByteSize::new(tib << 40).unwrap();
            assert_eq!(block_bytes(size), mib * MIB, "{tib} TiB");
        }
    }
}
