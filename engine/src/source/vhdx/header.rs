//! A VHDX's headers and region tables: two of each, so that one is always whole.

use std::ops::Range;

use super::super::{
    fault::{Refusal, check, fault, unsupported},
    fields::{array, le16, le32, le64},
};
use crate::image::vhdx::{
    crc,
    names::{BAT, HEADER, METADATA, MIB},
};

/// The longest log that is read: it is taken into memory. Hyper-V makes it 1 MiB.
const LONGEST_LOG: u32 = 64 << 20;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    sequence: u64,
    pub(super) data_write: [u8; 16],
    pub(super) log: Option<Log>,
}

/// A log that may hold what was not written to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) id: [u8; 16],
    pub(super) offset: u64,
    pub(super) length: usize,
}

/// The header that counts: the whole one with the higher sequence number.
pub(super) fn current(first: &[u8; HEADER], second: &[u8; HEADER]) -> Result<Header, Refusal> {
    let header = match (is_whole(first, *b"head"), is_whole(second, *b"head")) {
        (true, true) if le64(second, 8) > le64(first, 8) => second,
        (true, _) => first,
        (false, true) => second,
        (false, false) => return Err(fault("headers", "are both damaged")),
    };
    Header::parse(header)
}

impl Header {
    fn parse(bytes: &[u8; HEADER]) -> Result<Self, Refusal> {
        let version = le16(bytes, 66);
        check(version == 1, "version", || format!("is {version}, not 1"))?;
        let id = array(bytes, 48);
        let log = (id != [0; 16]).then(|| Self::log(bytes, id)).transpose()?;
        Ok(Self { sequence: le64(bytes, 8), data_write: array(bytes, 32), log })
    }

    fn log(bytes: &[u8; HEADER], id: [u8; 16]) -> Result<Log, Refusal> {
        let version = le16(bytes, 64);
        check(version == 0, "log version", || format!("is {version}, not 0"))?;
        let (length, offset) = (le32(bytes, 68), le64(bytes, 72));
        let whole = length > 0 && u64::from(length).is_multiple_of(MIB) && length <= LONGEST_LOG;
        check(whole, "log length", || format!("is {length}, and not 1 to 64 MiB"))?;
        let placed = offset >= MIB && offset.is_multiple_of(MIB);
        check(placed, "log offset", || format!("is {offset}, not a multiple of 1 MiB"))?;
        Ok(Log { id, offset, length: length as usize })
    }
}

/// Where the regions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Regions {
    pub(super) bat: Range<u64>,
    pub(super) metadata: Range<u64>,
}

impl Regions {
    /// Those of the first table that is whole; both say the same.
    pub(super) fn of(first: &[u8], second: &[u8]) -> Result<Self, Refusal> {
        match (is_whole(first, *b"regi"), is_whole(second, *b"regi")) {
            (true, _) => Self::parse(first),
            (false, true) => Self::parse(second),
            (false, false) => Err(fault("region tables", "are both damaged")),
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let count = le32(bytes, 8) as usize;
        check(count <= 2047, "region table entry count", || format!("is {count}"))?;
        let (mut bat, mut metadata) = (None, None);
        for entry in bytes[16..].chunks_exact(32).take(count) {
            let (offset, length) = (le64(entry, 16), u64::from(le32(entry, 24)));
            let required = le32(entry, 28) & 1 == 1;
            let (place, name) = match array(entry, 0) {
                BAT => (&mut bat, "block allocation table region"),
                METADATA => (&mut metadata, "metadata region"),
                _ if required => {
                    return Err(unsupported("requires a region that is not known here"));
                }
                _ => continue,
            };
            let aligned = |value: u64| value >= MIB && value.is_multiple_of(MIB);
            check(aligned(offset) && aligned(length) && offset < 1 << 62, name, || {
                format!("is {length} bytes at {offset}, not at multiples of 1 MiB")
            })?;
            check(place.is_none(), name, || "is there twice".to_owned())?;
            *place = Some(offset..offset + length);
        }
        let there = |region: Option<Range<u64>>, name: &str| {
            region.ok_or_else(|| fault(name, "is not in the region table"))
        };
        let bat = there(bat, "block allocation table region")?;
        let metadata = there(metadata, "metadata region")?;
        let apart = bat.end <= metadata.start || metadata.end <= bat.start;
        check(apart, "metadata region", || "lies over the block allocation table's".to_owned())?;
        Ok(Self { bat, metadata })
    }
}

/// Whether a structure has its signature and its checksum.
fn is_whole(bytes: &[u8], signature: [u8; 4]) -> bool {
    bytes.starts_with(&signature) && le32(bytes, 4) == crc::of_structure(bytes)
}
