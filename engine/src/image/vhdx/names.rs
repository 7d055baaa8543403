//! Places, lengths and names in a VHDX that its reader and its writer share.

/// The unit of places: of regions, and of blocks.
pub(crate) const MIB: u64 = 1 << 20;

/// Where the two headers are.
pub(crate) const HEADERS_AT: [u64; 2] = [64 << 10, 128 << 10];
/// Length of a header in bytes.
pub(crate) const HEADER: usize = 4096;

/// Where the two region tables are.
pub(crate) const REGIONS_AT: [u64; 2] = [192 << 10, 256 << 10];
/// Length of a region table in bytes.
pub(crate) const REGIONS: usize = 64 << 10;

/// Length of the metadata table in bytes; items lie behind it in the region.
pub(crate) const METADATA_TABLE: usize = 64 << 10;

/// Sectors that one block of sector bitmaps, of 1 MiB, tells of.
const BITMAP_SECTORS: u64 = 8 * MIB;

/// A GUID as it is stored, with its first fields turned round.
pub(crate) type Guid = [u8; 16];

/// The region that is the block allocation table.
pub(crate) const BAT: Guid = *b"\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08";
/// The region that holds the metadata.
pub(crate) const METADATA: Guid =
    *b"\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";

/// Metadata: the length of a block, and whether there is a parent.
pub(crate) const FILE_PARAMETERS: Guid =
    *b"\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b";
/// Metadata: the disk's size.
pub(crate) const DISK_SIZE: Guid =
    *b"\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8";
/// Metadata: what the disk is called by.
pub(crate) const DISK_ID: Guid =
    *b"\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46";
/// Metadata: the sectors that a guest sees.
pub(crate) const LOGICAL_SECTOR: Guid =
    *b"\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f";
/// Metadata: the sectors that a guest had better write.
pub(crate) const PHYSICAL_SECTOR: Guid =
    *b"\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51\xc5\x56";
/// Metadata: where the parent is.
pub(crate) const PARENT_LOCATOR: Guid =
    *b"\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c";

/// The state of a block that the file has, in the lowest bits of its entry.
pub(crate) const PRESENT: u64 = 6;

/// How many blocks share one block of sector bitmaps, whose entry follows theirs.
pub(crate) const fn chunk_ratio(sector: u64, block: u64) -> u64 {
    BITMAP_SECTORS * sector / block
}

/// How many entries the block allocation table of a disk without a parent has: one a block, and one
/// between those that share a block of sector bitmaps and the next.
pub(crate) const fn entry_count(blocks: u64, ratio: u64) -> u64 {
    blocks + (blocks - 1) / ratio
}
