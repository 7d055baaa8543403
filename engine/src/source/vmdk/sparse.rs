//! A file of grains: VMware's hosted sparse extent, plain or compressed.
//!
//! Source: VMware, "Virtual Disk Format 5.0".

use std::ops::Range;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use shared::DiskFormat;

use super::super::{
    error::SourceError,
    fault::{Refusal, check, fault, unsupported},
    fields::{le16, le32, le64},
    host::HostFile,
    layout::{Packed, Place, Run, Storage as _},
    pages::Pages,
};

/// Length of the header in bytes.
pub(super) const HEADER: usize = 512;

const SECTOR: u64 = 512;

/// The longest descriptor that is read.
const LONGEST_DESCRIPTOR: u64 = 1 << 20;

/// What the header says; places and lengths in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) capacity: u64,
    grain: u64,
    /// Entries in a grain table.
    entries: u64,
    /// Where the grain directory is; `None`: the footer says.
    directory: Option<u64>,
    pub(super) descriptor: Range<u64>,
    compressed: bool,
    /// Whether an entry of 1 is a grain of zeros.
    has_zero_grains: bool,
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER]) -> Result<Self, Refusal> {
        check(bytes.starts_with(b"KDMV"), "magic", || "is not KDMV".to_owned())?;
        let version = le32(bytes, 4);
        check((1..=3).contains(&version), "version", || format!("is {version}, not 1 to 3"))?;
        let flags = le32(bytes, 8);
        let newlines = flags & 1 == 0 || bytes[73..77] == *b"\n \r\n";
        check(newlines, "newline test", || "failed: the file went through as text".to_owned())?;
        let sectors = |at: usize, field: &str| {
            let bytes = le64(bytes, at).checked_mul(SECTOR).filter(|&bytes| bytes < 1 << 62);
            bytes.ok_or_else(|| fault(field, "is past all files"))
        };
        let (capacity, grain) = (sectors(12, "capacity")?, sectors(20, "grain size")?);
        let sound = grain.is_power_of_two() && (4096..=1 << 20).contains(&grain);
        check(sound, "grain size", || {
            format!("is {grain} bytes, and not a power of two from 4 KiB to 1 MiB")
        })?;
        let entries = u64::from(le32(bytes, 44));
        check((1..=65536).contains(&entries), "grain table length", || format!("is {entries}"))?;
        let (start, length) = (sectors(28, "descriptor offset")?, sectors(36, "descriptor size")?);
        check(length <= LONGEST_DESCRIPTOR, "descriptor size", || format!("is {length}"))?;
        let compressed = flags & 1 << 16 != 0;
        if compressed && le16(bytes, 77) != 1 {
            return Err(unsupported("is compressed in another way than by deflate"));
        }
        let directory = match le64(bytes, 56) {
            u64::MAX => None,
            _ => Some(sectors(56, "grain directory offset")?),
        };
        let has_zero_grains = flags & 1 << 2 != 0;
        let descriptor = start..start + length;
        let plain =
            Self { capacity, grain, entries, directory, descriptor, compressed, has_zero_grains };
        Ok(plain)
    }
}

/// An extent of grains.
#[derive(Debug)]
pub(super) struct Sparse {
    pub(super) file: HostFile,
    header: Header,
    directory: u64,
    pages: Pages,
}

impl Sparse {
    /// Opens the extent in a file whose header was read.
    pub(super) fn open(file: HostFile, header: Header) -> Result<Self, SourceError> {
        let directory = match header.directory {
            Some(directory) => directory,
            None => footer(&file)?,
        };
        let tables = header.capacity.div_ceil(header.grain * header.entries);
        within(&file, directory, tables * 4, "grain directory offset")?;
        Ok(Self { file, header, directory, pages: Pages::default() })
    }

    /// What is at a place in the extent.
    pub(super) fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        let Header { grain, entries, compressed, .. } = self.header;
        let number = range.start / grain;
        let (table, slot) = (number / entries, number % entries);
        let Some(table_at) =
            self.entry(self.directory + table * 4, "grain directory entry", table)?
        else {
            let end = ((table + 1) * entries * grain).min(range.end);
            return Ok(Run { end, place: Place::Below });
        };
        within(&self.file, table_at, entries * 4, &format!("grain directory entry {table}"))?;
        let end = ((number + 1) * grain).min(range.end);
        let at = self.entry(table_at + slot * 4, "grain table entry", number)?;
        let place = match at {
            None => Place::Below,
            Some(SECTOR) if self.header.has_zero_grains => Place::Zeros,
            Some(_) if compressed => Place::Packed(self),
            Some(at) => {
                let length = grain.min(self.header.capacity - number * grain);
                within(&self.file, at, length, &format!("grain table entry {number}"))?;
                Place::Stored(&self.file, at + range.start % grain)
            }
        };
        Ok(Run { end, place })
    }

    /// The place in the file that an entry of a table gives; `None`: none.
    fn entry(&self, offset: u64, name: &str, index: u64) -> Result<Option<u64>, SourceError> {
        let aligned = || format!("is at byte {offset}, not at a multiple of 4");
        check(offset.is_multiple_of(4), &format!("{name} {index}"), aligned)
            .map_err(|refusal| refused(&self.file, refusal))?;
        let (page, at) = self.pages.at(&self.file, offset)?;
        let sector = le32(page.as_slice(), at);
        Ok((sector != 0).then(|| u64::from(sector) * SECTOR))
    }
}

impl Packed for Sparse {
    fn unpack(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let Header { grain, entries, capacity, .. } = self.header;
        let number = offset / grain;
        let name = format!("grain {number}");
        let damaged = |what: String| refused(&self.file, fault(&name, what));
        let table = self.entry(self.directory + number / entries * 4, &name, number)?;
        let table = table.ok_or_else(|| damaged("is not there".to_owned()))?;
        let at = self.entry(table + number % entries * 4, &name, number)?;
        let at = at.ok_or_else(|| damaged("is not there".to_owned()))?;
        // A grain's marker: its first sector on the disk, and how many packed bytes follow.
        let mut marker = [0; 12];
        within(&self.file, at, marker.len() as u64, &name)?;
        self.file.read_at(at, &mut marker)?;
        let (first, length) = (le64(&marker, 0), u64::from(le32(&marker, 8)));
        if first.checked_mul(SECTOR) != Some(number * grain) || length > 2 * grain {
            return Err(damaged(format!("is marked as {length} bytes for sector {first}")));
        }
        within(&self.file, at + 12, length, &name)?;
        let mut packed = vec![0; length as usize];
        self.file.read_at(at + 12, &mut packed)?;
        let plain = decompress_to_vec_zlib_with_limit(&packed, grain as usize)
            .map_err(|error| damaged(format!("cannot be unpacked: {error}")))?;
        let least = grain.min(capacity - number * grain) as usize;
        if plain.len() < least {
            return Err(damaged(format!("unpacks to {} bytes, not {least}", plain.len())));
        }
        let within = (offset % grain) as usize;
        let piece = plain.get(within..within + bytes.len());
        bytes.copy_from_slice(piece.ok_or_else(|| damaged("ends too early".to_owned()))?);
        Ok(())
    }
}

/// Where the footer, the last but one sector, says that the grain directory is.
fn footer(file: &HostFile) -> Result<u64, SourceError> {
    let mut bytes = [0; HEADER];
    let at = file.length().saturating_sub(1024);
    within(file, at, HEADER as u64, "footer")?;
    file.read_at(at, &mut bytes)?;
    let footer = Header::parse(&bytes).map_err(|refusal| refused(file, refusal))?;
    let missing = || refused(file, fault("footer", "does not say where the grain directory is"));
    footer.directory.ok_or_else(missing)
}

/// A wrong field unless a range lies in the file.
fn within(file: &HostFile, offset: u64, length: u64, field: &str) -> Result<(), SourceError> {
    let inside = offset.checked_add(length).is_some_and(|end| end <= file.length());
    check(inside, field, || {
        format!("leads to {length} bytes at {offset}, and the file has {}", file.length())
    })
    .map_err(|refusal| refused(file, refusal))
}

/// What was found in a file's bytes, with its path.
pub(super) fn refused(file: &HostFile, refusal: Refusal) -> SourceError {
    SourceError::refused(file.path(), DiskFormat::Vmdk, refusal)
}
