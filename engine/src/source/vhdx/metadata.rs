//! A VHDX's metadata: the disk's size, its blocks and sectors, and its parent.

use std::ops::Range;

use shared::ByteSize;

use super::super::{
    fault::{Refusal, check, fault, unsupported},
    fields::{array, le16, le32, le64, utf16},
};
use crate::image::vhdx::names::{
    DISK_ID, DISK_SIZE, FILE_PARAMETERS, Guid, LOGICAL_SECTOR, METADATA_TABLE, PARENT_LOCATOR,
    PHYSICAL_SECTOR,
};

/// The longest item that is read.
const LONGEST_ITEM: u32 = 1 << 20;

/// The one type of parent locator: a parent that is a VHDX too.
const VHDX_PARENT: Guid = *b"\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44\x59\x13";

/// Where items are, from the region's start on.
#[derive(Debug, Default)]
pub(super) struct Table {
    parameters: Option<Range<u64>>,
    size: Option<Range<u64>>,
    logical_sector: Option<Range<u64>>,
    parent: Option<Range<u64>>,
}

/// What the metadata says of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) size: ByteSize,
    /// Bytes of the disk in a block.
    pub(super) block: u64,
    /// Bytes of the disk to which a bit of a sector bitmap belongs.
    pub(super) sector: u64,
    pub(super) has_parent: bool,
}

/// What a parent locator says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParentLocator {
    /// The data write GUIDs that the parent may have.
    pub(super) data_writes: Vec<[u8; 16]>,
    /// Its paths, the best first.
    pub(super) paths: Vec<String>,
}

impl Table {
    /// Reads the table of a region of some length.
    pub(super) fn parse(bytes: &[u8], region: u64) -> Result<Self, Refusal> {
        check(bytes.starts_with(b"metadata"), "metadata signature", || "is not there".to_owned())?;
        let count = usize::from(le16(bytes, 10));
        check(count <= 2047, "metadata entry count", || format!("is {count}"))?;
        let mut table = Self::default();
        for entry in bytes[32..].chunks_exact(32).take(count) {
            let (offset, length, flags) = (le32(entry, 16), le32(entry, 20), le32(entry, 24));
            let (is_user, required) = (flags & 1 == 1, flags & 4 == 4);
            let (place, name) = match array(entry, 0) {
                FILE_PARAMETERS if !is_user => (&mut table.parameters, "file parameters"),
                DISK_SIZE if !is_user => (&mut table.size, "virtual disk size"),
                LOGICAL_SECTOR if !is_user => (&mut table.logical_sector, "logical sector size"),
                PARENT_LOCATOR if !is_user => (&mut table.parent, "parent locator"),
                // Of no matter for the disk's bytes.
                DISK_ID | PHYSICAL_SECTOR if !is_user => continue,
                _ if required => {
                    return Err(unsupported("requires metadata that is not known here"));
                }
                _ => continue,
            };
            let (start, end) = (u64::from(offset), u64::from(offset) + u64::from(length));
            let inside = start >= METADATA_TABLE as u64 && end <= region && length <= LONGEST_ITEM;
            check(inside, name, || {
                format!("is {length} bytes at {offset} of the metadata region, past its end")
            })?;
            check(place.is_none(), name, || "is there twice".to_owned())?;
            *place = Some(start..end);
        }
        Ok(table)
    }

    /// What the items say, which `read` reads by their places.
    pub(super) fn metadata<E: From<Refusal>>(
        &self,
        mut read: impl FnMut(&Range<u64>) -> Result<Vec<u8>, E>,
    ) -> Result<Metadata, E> {
        let parameters = item(self.parameters.as_ref(), "file parameters", 8, &mut read)?;
        let (block, flags) = (le32(&parameters, 0), le32(&parameters, 4));
        let sound = block.is_power_of_two() && (1 << 20..=256 << 20).contains(&block);
        check(sound, "block size", || {
            format!("is {block}, and not a power of two from 1 MiB to 256 MiB")
        })?;
        let size = item(self.size.as_ref(), "virtual disk size", 8, &mut read)?;
        let size = le64(&size, 0);
        let sector = item(self.logical_sector.as_ref(), "logical sector size", 4, &mut read)?;
        let sector = le32(&sector, 0);
        check([512, 4096].contains(&sector), "logical sector size", || {
            format!("is {sector}, not 512 or 4096")
        })?;
        let whole = size.is_multiple_of(u64::from(sector)) && size <= 64 << 40;
        check(whole, "virtual disk size", || {
            format!("is {size}, not a number of sectors of {sector} bytes up to 64 TiB")
        })?;
        let size = ByteSize::new(size).map_err(|error| {
            fault("virtual disk size", format!("is no size of a disk: {error}"))
        })?;
        let has_parent = flags & 2 == 2;
        Ok(Metadata { size, block: u64::from(block), sector: u64::from(sector), has_parent })
    }

    /// What the parent locator says.
    pub(super) fn parent<E: From<Refusal>>(
        &self,
        mut read: impl FnMut(&Range<u64>) -> Result<Vec<u8>, E>,
    ) -> Result<ParentLocator, E> {
        let bytes = item(self.parent.as_ref(), "parent locator", 20, &mut read)?;
        Ok(ParentLocator::parse(&bytes)?)
    }
}

/// The bytes of an item, `least` of them at least.
fn item<E: From<Refusal>>(
    place: Option<&Range<u64>>,
    name: &str,
    least: u64,
    read: &mut impl FnMut(&Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let place = place.ok_or_else(|| fault(name, "is not in the metadata table"))?;
    let length = place.end - place.start;
    check(length >= least, name, || format!("has {length} bytes, not {least}"))?;
    read(place)
}

impl ParentLocator {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if array(bytes, 0) != VHDX_PARENT {
            return Err(unsupported("has a parent of a kind that is not known here"));
        }
        let count = usize::from(le16(bytes, 18));
        let mut found = Self { data_writes: Vec::new(), paths: Vec::new() };
        let mut absolute = None;
        for entry in bytes[20..].chunks_exact(12).take(count) {
            let text = |offset: usize, length: usize| {
                let at = le32(entry, offset) as usize;
                let text = bytes.get(at..at + usize::from(le16(entry, length)));
                text.ok_or_else(|| fault("parent locator", "names text past its end"))
            };
            let (key, value) = (utf16(text(0, 8)?), utf16(text(4, 10)?));
            match key.as_str() {
                "parent_linkage" | "parent_linkage2" => match guid(&value) {
                    Some(id) => found.data_writes.push(id),
                    None => return Err(fault("parent linkage", format!("is {value:?}, no GUID"))),
                },
                "relative_path" => found.paths.insert(0, value),
                "absolute_win32_path" => absolute = Some(value),
                _ => {}
            }
        }
        found.paths.extend(absolute);
        let named = !found.paths.is_empty() && !found.data_writes.is_empty();
        check(named, "parent locator", || "names no path or no linkage".to_owned())?;
        Ok(found)
    }
}

/// A GUID as it is written, `{B04AEFB7-D19E-…}`, in the bytes that it is stored in.
fn guid(text: &str) -> Option<[u8; 16]> {
    let inner = text.strip_prefix('{').unwrap_or(text);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    Some(uuid::Uuid::try_parse(inner).ok()?.to_bytes_le())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_stored_with_its_first_fields_turned_round() {
        let id = guid("{B04AEFB7-D19E-4A81-B789-25B8E9445913}").unwrap();
        assert_eq!(id, VHDX_PARENT);
        assert_eq!(guid("{B04AEFB7}"), None);
    }
}
