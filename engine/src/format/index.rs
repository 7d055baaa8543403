//! An index segment: where the items of some packs are, sorted by name, to be read in pages.
//!
//! ```text
//! header     magic "SKIKTIDX" 8 · version 2 · reserved 2 · packs 4 · items 8 · segment id 16 · reserved 24
//! pack row*  pack id 16 · length 8 · table offset 8
//! page row*  first sort key 8 · BLAKE3 of the page, first 16
//! trailer    BLAKE3 of all before 32
//! item row*  sort key 8 (the first 8 bytes of the item's name) · pack 4 · item 4
//! ```
//! A page is 4096 item rows. Everything but the item rows is read at once.

use super::{FormatError, Reader, VERSION};
use crate::{
    hash::checksum,
    ids::{PackId, SegmentId},
};

/// Length of a segment's header in bytes.
pub(crate) const HEADER: usize = 64;
/// Length of an item's row in bytes.
pub(crate) const ITEM_ROW: usize = 16;
/// Length of a pack's row in bytes.
pub(crate) const PACK_ROW: usize = 32;
/// Item rows in a page.
pub(crate) const PAGE_ROWS: usize = 4096;

const PAGE_ROW: usize = 24;
const TRAILER: usize = 32;
const MAGIC: [u8; 8] = *b"SKIKTIDX";
const WHAT: &str = "the index segment";

/// A pack as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackRow {
    pub(crate) id: PackId,
    /// Length of the whole pack.
    pub(crate) length: u64,
    /// Where its table starts: from there to the end is its directory.
    pub(crate) table_offset: u64,
}

/// An item as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemRow {
    /// The first 8 bytes of the item's name.
    pub(crate) key: u64,
    /// Number of the pack in the segment.
    pub(crate) pack: u32,
    /// Number of the item in the pack.
    pub(crate) item: u32,
}

/// A page of item rows as the segment's head knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRow {
    pub(crate) first_key: u64,
    checksum: [u8; 16],
}

/// All of a segment but its item rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) id: SegmentId,
    pub(crate) packs: Vec<PackRow>,
    pub(crate) pages: Vec<PageRow>,
    pub(crate) items: u64,
    /// Where the item rows start.
    pub(crate) rows_offset: u64,
}

/// Length of a segment of so many packs and items.
pub(crate) const fn length(packs: u64, items: u64) -> u64 {
    let pages = items.div_ceil(PAGE_ROWS as u64);
    let head = HEADER as u64 + packs * PACK_ROW as u64 + pages * PAGE_ROW as u64 + TRAILER as u64;
    head + items * ITEM_ROW as u64
}

/// The bytes of a segment; sorts the rows.
pub(crate) fn encode(id: SegmentId, packs: &[PackRow], mut items: Vec<ItemRow>) -> Vec<u8> {
    items.sort_unstable();
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&(packs.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(items.len() as u64).to_le_bytes());
    bytes.extend_from_slice(id.0.as_bytes());
    bytes.resize(HEADER, 0);
    for pack in packs {
        bytes.extend_from_slice(pack.id.0.as_bytes());
        bytes.extend_from_slice(&pack.length.to_le_bytes());
        bytes.extend_from_slice(&pack.table_offset.to_le_bytes());
    }
    let mut rows = Vec::with_capacity(items.len() * ITEM_ROW);
    for page in items.chunks(PAGE_ROWS) {
        let start = rows.len();
        for item in page {
            rows.extend_from_slice(&item.key.to_le_bytes());
            rows.extend_from_slice(&item.pack.to_le_bytes());
            rows.extend_from_slice(&item.item.to_le_bytes());
        }
        bytes.extend_from_slice(&page[0].key.to_le_bytes());
        bytes.extend_from_slice(&checksum(&[&rows[start..]]));
    }
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes.extend_from_slice(&rows);
    bytes
}

/// Reads how long the head is off its first [`HEADER`] bytes.
pub(crate) fn head_length(header: &[u8]) -> Result<u64, FormatError> {
    let mut reader = Reader::new(header, WHAT);
    reader.magic(MAGIC)?;
    reader.reserved(2)?;
    let (packs, items) = (u64::from(reader.u32()?), reader.u64()?);
    if items > 1 << 40 {
        return Err(reader.field());
    }
    Ok(length(packs, items) - items * ITEM_ROW as u64)
}

/// Reads a segment's head.
pub(crate) fn decode_head(bytes: &[u8]) -> Result<Head, FormatError> {
    let rows_offset = head_length(bytes)?;
    let short = FormatError::Short { what: WHAT };
    let hashed = bytes.len().checked_sub(TRAILER).ok_or(short.clone())?;
    if bytes.len() as u64 != rows_offset {
        return Err(short);
    }
    let (body, hash) = bytes.split_at(hashed);
    if *blake3::hash(body).as_bytes() != *hash {
        return Err(FormatError::Checksum { what: WHAT });
    }
    let mut reader = Reader::new(body, WHAT);
    reader.bytes(12)?;
    let (pack_count, items) = (reader.u32()?, reader.u64()?);
    let id = SegmentId(uuid::Uuid::from_bytes(reader.array()?));
    reader.reserved(24)?;
    let mut packs = Vec::new();
    for _ in 0..pack_count {
        let id = PackId(uuid::Uuid::from_bytes(reader.array()?));
        packs.push(PackRow { id, length: reader.u64()?, table_offset: reader.u64()? });
    }
    let mut pages = Vec::new();
    for _ in 0..items.div_ceil(PAGE_ROWS as u64) {
        pages.push(PageRow { first_key: reader.u64()?, checksum: reader.array()? });
    }
    reader.end()?;
    Ok(Head { id, packs, pages, items, rows_offset })
}

impl Head {
    /// Where a page's rows are in the segment.
    pub(crate) fn page_range(&self, page: usize) -> std::ops::Range<u64> {
        let first = (page * PAGE_ROWS) as u64;
        let last = (first + PAGE_ROWS as u64).min(self.items);
        let at = |row| self.rows_offset + row * ITEM_ROW as u64;
        at(first)..at(last)
    }

    /// Reads a page's rows.
    pub(crate) fn decode_page(
        &self,
        page: usize,
        bytes: &[u8],
    ) -> Result<Vec<ItemRow>, FormatError> {
        const WHAT: &str = "a page of the index segment";
        if checksum(&[bytes]) != self.pages[page].checksum {
            return Err(FormatError::Checksum { what: WHAT });
        }
        let mut reader = Reader::new(bytes, WHAT);
        let mut rows = Vec::with_capacity(bytes.len() / ITEM_ROW);
        while !reader.is_empty() {
            let row = ItemRow { key: reader.u64()?, pack: reader.u32()?, item: reader.u32()? };
            if row.pack as usize >= self.packs.len() {
                return Err(reader.field());
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(items: u64) -> (Vec<ItemRow>, Vec<u8>) {
        let row = |i: u64| ItemRow {
            key: i.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            pack: 0,
            item: i as u32,
        };
        let mut rows: Vec<_> = (0..items).map(row).collect();
        let pack = PackRow { id: PackId(uuid::Uuid::from_u128(3)), length: 999, table_offset: 500 };
        let bytes = encode(SegmentId(uuid::Uuid::from_u128(9)), &[pack], rows.clone());
        rows.sort_unstable();
        (rows, bytes)
    }

    #[test]
    fn rows_read_back_page_by_page() {
        for items in [0, 1, 4096, 4097, 10_000] {
            let (rows, bytes) = sample(items);
            assert_eq!(bytes.len() as u64, length(1, items));
            let head_length = head_length(&bytes[..HEADER]).unwrap() as usize;
            let head = decode_head(&bytes[..head_length]).unwrap();
            let mut read = Vec::new();
            for page in 0..head.pages.len() {
                let range = head.page_range(page);
                read.extend(
                    head.decode_page(page, &bytes[range.start as usize..range.end as usize])
                        .unwrap(),
                );
            }
            assert_eq!(read, rows);
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let (_, bytes) = sample(5);
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            let read = head_length(&broken[..HEADER]).and_then(|length| {
                let head = decode_head(broken.get(..length as usize).unwrap_or(&broken))?;
                head.decode_page(0, &broken[length as usize..])
            });
            assert!(read.is_err(), "bit {bit}");
        }
    }
}
