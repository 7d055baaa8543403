//! A pack: frames, the chaining values of the blocks in them, and a directory of both.
//!
//! ```text
//! header     magic "SKIKTPCK" 8 · version 2 · reserved 6 · pack id 16 · reserved 32
//! frames     one after another
//! outboards  the chaining value 32 of every carried block, in the order of items and blocks
//! table      frame row*: kind 1 · reserved 1 · items 2 · plain length 4 · stored length 4
//!            item row*:  in the order of frames and of their plain bytes
//! trailer    outboards offset 8 · table offset 8 · trailer offset 8 · frames 4 · items 4 ·
//!            BLAKE3 of the outboards, first 16 · BLAKE3 of header, table and trailer so far 32 ·
//!            magic "SKIKTEND" 8
//!
//! ```
//! Item rows are drawn in [`item`]. What a frame costs, in all, is a sum of what is its own: see
//! [`Directory::entry_bytes`].

pub(crate) mod item;

use bytes::Bytes;

pub(crate) use item::{Item, ItemKind, NewItem, Owner};

use super::{
    FormatError, Reader, VERSION,
    frame::{FrameKind, HEADER as FRAME_HEADER, MAX_PLAIN},
    index,
};
use crate::{
    hash::{ChainingValue, ItemId, checksum},
    ids::PackId,
};

/// Length of a pack's header in bytes.
pub(crate) const HEADER: usize = 64;
/// Length of a pack's trailer in bytes.
pub(crate) const TRAILER: usize = 88;

const MAGIC: [u8; 8] = *b"SKIKTPCK";
const END: [u8; 8] = *b"SKIKTEND";
const FRAME_ROW: usize = 12;
const WHAT: &str = "the pack's directory";

/// A frame in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    /// Number of its first item, and of the one after its last.
    pub(crate) items: (u32, u32),
    /// Where its header starts in the pack.
    pub(crate) offset: u64,
    /// Length of header and payload.
    pub(crate) length: u32,
    pub(crate) plain_length: u32,
}

/// What a pack holds, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) pack: PackId,
    /// Length of the whole pack.
    pub(crate) length: u64,
    pub(crate) outboards_offset: u64,
    pub(crate) outboards_checksum: [u8; 16],
    pub(crate) table_offset: u64,
    pub(crate) frames: Vec<Frame>,
    pub(crate) items: Vec<Item>,
}

/// A frame on its way into a pack, encoded.
#[derive(Debug)]
pub(crate) struct NewFrame {
    pub(crate) kind: FrameKind,
    pub(crate) plain_length: u32,
    pub(crate) bytes: Bytes,
    pub(crate) items: Vec<NewItem>,
}

impl NewFrame {
    /// What it adds to its pack and to the index.
    pub(crate) fn entry_bytes(&self) -> u64 {
        let items: usize = self.items.iter().map(NewItem::entry_bytes).sum();
        (self.bytes.len() + FRAME_ROW + items) as u64
    }
}

/// A finished pack.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) length: u64,
    pub(crate) table_offset: u64,
    /// The pack's bytes, in order.
    pub(crate) parts: Vec<Bytes>,
    /// The items' names, in the order of the directory.
    pub(crate) ids: Vec<ItemId>,
}

/// Builds a pack of frames.
pub(crate) fn encode(id: PackId, frames: Vec<NewFrame>) -> Pack {
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&[0; 6]);
    header.extend_from_slice(id.0.as_bytes());
    header.resize(HEADER, 0);

    let (mut outboards, mut frame_rows, mut item_rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids = Vec::new();
    let frame_count = frames.len() as u32;
    let mut parts = vec![Bytes::from(header.clone())];
    let mut offset = HEADER as u64;
    for frame in frames {
        frame_rows.extend_from_slice(&[frame.kind.byte(), 0]);
        frame_rows.extend_from_slice(&(frame.items.len() as u16).to_le_bytes());
        frame_rows.extend_from_slice(&frame.plain_length.to_le_bytes());
        frame_rows.extend_from_slice(&((frame.bytes.len() - FRAME_HEADER) as u32).to_le_bytes());
        for item in &frame.items {
            item.write(&mut item_rows);
            outboards.extend(item.values.iter().flatten());
            ids.push(item.id);
        }
        offset += frame.bytes.len() as u64;
        parts.push(frame.bytes);
    }

    let table = [frame_rows, item_rows].concat();
    let table_offset = offset + outboards.len() as u64;
    let trailer_offset = table_offset + table.len() as u64;
    let mut trailer = Vec::with_capacity(TRAILER);
    trailer.extend_from_slice(&offset.to_le_bytes());
    trailer.extend_from_slice(&table_offset.to_le_bytes());
    trailer.extend_from_slice(&trailer_offset.to_le_bytes());
    trailer.extend_from_slice(&frame_count.to_le_bytes());
    trailer.extend_from_slice(&(ids.len() as u32).to_le_bytes());
    trailer.extend_from_slice(&checksum(&[&outboards]));
    trailer.extend_from_slice(directory_hash(&header, &table, &trailer).as_bytes());
    trailer.extend_from_slice(&END);
    parts.extend([outboards, table, trailer].map(Bytes::from));
    Pack { length: trailer_offset + TRAILER as u64, table_offset, parts, ids }
}

fn directory_hash(header: &[u8], table: &[u8], trailer: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header).update(table).update(trailer);
    hasher.finalize()
}

/// What a pack's last bytes say of the rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trailer {
    outboards_offset: u64,
    pub(crate) table_offset: u64,
    frames: u32,
    items: u32,
    outboards_checksum: [u8; 16],
    hash: [u8; 32],
}

/// Reads the last [`TRAILER`] bytes of a pack of the given length.
pub(crate) fn decode_trailer(bytes: &[u8], length: u64) -> Result<Trailer, FormatError> {
    let mut reader = Reader::new(bytes, WHAT);
    let outboards_offset = reader.u64()?;
    let table_offset = reader.u64()?;
    let trailer_offset = reader.u64()?;
    let (frames, items) = (reader.u32()?, reader.u32()?);
    let outboards_checksum = reader.array()?;
    let hash = reader.array()?;
    let in_order = (HEADER as u64..=table_offset).contains(&outboards_offset)
        && table_offset <= trailer_offset
        && Some(trailer_offset) == length.checked_sub(TRAILER as u64);
    if reader.array::<8>()? != END || !in_order {
        return Err(reader.field());
    }
    reader.end()?;
    Ok(Trailer { outboards_offset, table_offset, frames, items, outboards_checksum, hash })
}

/// Reads a pack's directory: its header, and all from the table on.
pub(crate) fn decode(header: &[u8], tail: &[u8], length: u64) -> Result<Directory, FormatError> {
    let short = FormatError::Short { what: WHAT };
    let split = tail.len().checked_sub(TRAILER).ok_or(short)?;
    let (table, trailer_bytes) = tail.split_at(split);
    let trailer = decode_trailer(trailer_bytes, length)?;
    if directory_hash(header, table, &trailer_bytes[..48]) != blake3::Hash::from_bytes(trailer.hash)
    {
        return Err(FormatError::Checksum { what: WHAT });
    }
    let mut reader = Reader::new(header, WHAT);
    reader.magic(MAGIC)?;
    reader.reserved(6)?;
    let pack = PackId(uuid::Uuid::from_bytes(reader.array()?));

    let mut rows = Reader::new(table, WHAT);
    let mut item_rows = rows.clone();
    item_rows.bytes(trailer.frames as usize * FRAME_ROW)?;
    let (mut frames, mut items) = (Vec::new(), Vec::new());
    let (mut offset, mut values) = (HEADER as u64, 0_u32);
    for number in 0..trailer.frames {
        let kind = FrameKind::from_byte(rows.u8()?).ok_or_else(|| rows.field())?;
        rows.reserved(1)?;
        let item_count = rows.u16()?;
        let (plain_length, stored_length) = (rows.u32()?, rows.u32()?);
        let first = items.len() as u32;
        let mut plain = 0_u32;
        for _ in 0..item_count {
            let place = item::Place { frame: number, offset: plain, first_value: values };
            let item = item::read(&mut item_rows, kind, place)?;
            plain += item.kind.plain_length() as u32;
            values += item.kind.values() as u32;
            items.push(item);
        }
        if plain != plain_length || plain as usize > MAX_PLAIN {
            return Err(rows.field());
        }
        let length = FRAME_HEADER as u32 + stored_length;
        frames.push(Frame {
            kind,
            items: (first, items.len() as u32),
            offset,
            length,
            plain_length,
        });
        offset += u64::from(length);
    }
    item_rows.end()?;
    let outboards = u64::from(values) * size_of::<ChainingValue>() as u64;
    let adds_up = offset == trailer.outboards_offset
        && outboards == trailer.table_offset - trailer.outboards_offset
        && items.len() == trailer.items as usize;
    if !adds_up {
        return Err(rows.field());
    }
    let Trailer { outboards_offset, outboards_checksum, table_offset, .. } = trailer;
    Ok(Directory {
        pack,
        length,
        outboards_offset,
        outboards_checksum,
        table_offset,
        frames,
        items,
    })
}

impl Directory {
    /// What a frame costs in all: its bytes, its rows, its chaining values and its index rows.
    pub(crate) fn entry_bytes(&self, frame: usize) -> u64 {
        let frame = &self.frames[frame];
        let items = &self.items[frame.items.0 as usize..frame.items.1 as usize];
        let items: usize = items.iter().map(Item::entry_bytes).sum();
        u64::from(frame.length) + (FRAME_ROW + items) as u64
    }

    /// What a frame adds to its pack alone: all of that but the index rows.
    pub(crate) fn pack_bytes(&self, frame: usize) -> u64 {
        let (first, last) = self.frames[frame].items;
        self.entry_bytes(frame) - u64::from(last - first) * index::ITEM_ROW as u64
    }

    /// Bytes of memory that it takes, about.
    pub(crate) const fn weight(&self) -> usize {
        self.items.len() * size_of::<Item>() + self.frames.len() * size_of::<Frame>() + 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        block_map::BlockMap,
        format::frame,
        hash::{BLOCK, ItemPrefix},
    };

    fn sample() -> Pack {
        let plain = vec![5; 3 * BLOCK];
        let carried = BlockMap(0b1011);
        let chunk = NewItem {
            id: ItemId([1; 32]),
            depth: 2,
            base: Some(ItemPrefix([8; 16])),
            owners: [Owner { item: ItemPrefix([9; 16]), blocks: BlockMap(0x30) }].into(),
            kind: ItemKind::Chunk { carried, cleared: BlockMap(4), first_value: 0 },
            values: vec![[3; 32]; 3],
        };
        let node = NewItem {
            id: ItemId([2; 32]),
            depth: 0,
            base: None,
            owners: Box::default(),
            kind: ItemKind::Node { level: 1, length: 72 },
            values: Vec::new(),
        };
        let frames = [(FrameKind::Blocks, plain, chunk), (FrameKind::Nodes, vec![1; 72], node)];
        let frames = frames.map(|(kind, plain, item)| NewFrame {
            kind,
            plain_length: plain.len() as u32,
            bytes: frame::encode(kind, 1, &plain, 3).into(),
            items: vec![item],
        });
        encode(PackId(uuid::Uuid::from_u128(7)), frames.into())
    }

    fn directory(bytes: &[u8]) -> Result<Directory, FormatError> {
        let length = bytes.len() as u64;
        let trailer = decode_trailer(&bytes[bytes.len() - TRAILER..], length)?;
        decode(&bytes[..HEADER], &bytes[trailer.table_offset as usize..], length)
    }

    #[test]
    fn a_directory_reads_back_and_adds_up() {
        let pack = sample();
        let bytes = pack.parts.concat();
        assert_eq!(bytes.len() as u64, pack.length);
        let directory = directory(&bytes).unwrap();
        assert_eq!(directory.items.iter().map(|item| item.id).collect::<Vec<_>>(), pack.ids);
        assert_eq!(directory.table_offset, pack.table_offset);
        let entries: u64 = (0..2).map(|frame| directory.entry_bytes(frame)).sum();
        let fixed = (HEADER + TRAILER) as u64;
        assert_eq!(entries + fixed, pack.length + 2 * index::ITEM_ROW as u64);
        let frame = &directory.frames[0];
        let stored = &bytes[frame.offset as usize..][..frame.length as usize];
        assert_eq!(frame::decode(stored).unwrap(), vec![5; 3 * BLOCK]);
    }

    #[test]
    fn a_flipped_bit_in_header_table_or_trailer_is_found() {
        let pack = sample();
        let bytes = pack.parts.concat();
        for at in (0..HEADER).chain(pack.table_offset as usize..bytes.len()) {
            for bit in 0..8 {
                let mut broken = bytes.clone();
                broken[at] ^= 1 << bit;
                assert!(directory(&broken).is_err(), "byte {at} bit {bit}");
            }
        }
    }
}
