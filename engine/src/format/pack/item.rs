//! An item's row in a pack's table: its name, and what it is made of.
//!
//! ```text
//! row    id 32 · depth 1 · [base, the first 16 bytes of its id, where depth > 0] · rest
//! chunk  carried map · [cleared map, where depth > 0] · [owners 1 · owner*, where depth has bit 7]
//! node   level 1 · length 4
//! owner  the first 16 bytes of an item's id · map of the blocks that it has
//! ```
//! A chunk's block is, in this order: carried by the item, zeros if it is cleared, carried by the
//! item's owner of it, or what it is in the base; without a base it is zeros. An owner is asked
//! for its own carried blocks and nothing else.

use crate::{
    block_map::BlockMap,
    format::{
        FormatError, Reader,
        frame::{FrameKind, MAX_PLAIN},
        index, map,
    },
    hash::{BLOCK, ChainingValue, ItemId, ItemPrefix},
};

/// Set in the byte of the depth where owners follow.
const HAS_OWNERS: u8 = 0x80;

/// A chunk or a node in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: ItemId,
    /// How many patches lie between it and an item that stands alone.
    pub(crate) depth: u8,
    /// What it is a patch against; `None`: against zeros, or a whole node.
    pub(crate) base: Option<ItemPrefix>,
    /// Items between it and its base that carry blocks of it.
    pub(crate) owners: Box<[Owner]>,
    /// Number of its frame in the pack.
    pub(crate) frame: u32,
    /// Where it starts in the frame's plain bytes.
    pub(crate) offset: u32,
    pub(crate) kind: ItemKind,
}

/// An item that carries some blocks of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) item: ItemPrefix,
    pub(crate) blocks: BlockMap,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Chunk {
        /// Blocks whose bytes it carries.
        carried: BlockMap,
        /// Blocks that are zeros, whatever the base has.
        cleared: BlockMap,
        /// Number of its first block's chaining value among the pack's.
        first_value: u32,
    },
    Node {
        level: u8,
        /// Length of its bytes in the frame.
        length: u32,
    },
}

/// An item on its way into a pack.
#[derive(Debug, Clone)]
pub(crate) struct NewItem {
    pub(crate) id: ItemId,
    pub(crate) depth: u8,
    pub(crate) base: Option<ItemPrefix>,
    pub(crate) owners: Box<[Owner]>,
    pub(crate) kind: ItemKind,
    /// The chaining values of its carried blocks.
    pub(crate) values: Vec<ChainingValue>,
}

/// Where an item is in its pack, which its row does not say but its place among the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) frame: u32,
    pub(super) offset: u32,
    pub(super) first_value: u32,
}

impl ItemKind {
    /// Bytes that it takes in its frame.
    pub(crate) const fn plain_length(self) -> usize {
        match self {
            Self::Chunk { carried, .. } => carried.len() * BLOCK,
            Self::Node { length, .. } => length as usize,
        }
    }

    /// Chaining values that go with it.
    pub(crate) const fn values(self) -> usize {
        match self {
            Self::Chunk { carried, .. } => carried.len(),
            Self::Node { .. } => 0,
        }
    }
}

impl Item {
    /// What it costs beside its share of the frame: row, chaining values and index row.
    pub(super) fn entry_bytes(&self) -> usize {
        let mut row = Vec::new();
        write(self.id, self.depth, self.base, &self.owners, self.kind, &mut row);
        row.len() + size_of::<ChainingValue>() * self.kind.values() + index::ITEM_ROW
    }
}

impl NewItem {
    pub(super) fn entry_bytes(&self) -> usize {
        let mut row = Vec::new();
        self.write(&mut row);
        row.len() + size_of::<ChainingValue>() * self.kind.values() + index::ITEM_ROW
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write(self.id, self.depth, self.base, &self.owners, self.kind, out);
    }
}

fn write(
    id: ItemId,
    depth: u8,
    base: Option<ItemPrefix>,
    owners: &[Owner],
    kind: ItemKind,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(&id.0);
    out.push(if owners.is_empty() { depth } else { depth | HAS_OWNERS });
    if let Some(base) = base {
        out.extend_from_slice(&base.0);
    }
    match kind {
        ItemKind::Chunk { carried, cleared, .. } => {
            map::write(carried, out);
            if depth > 0 {
                map::write(cleared, out);
            }
        }
        ItemKind::Node { level, length } => {
            out.push(level);
            out.extend_from_slice(&length.to_le_bytes());
        }
    }
    if !owners.is_empty() {
        // A chunk has 64 blocks, so it has no more owners.
        out.push(owners.len() as u8);
        for owner in owners {
            out.extend_from_slice(&owner.item.0);
            map::write(owner.blocks, out);
        }
    }
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    kind: FrameKind,
    place: Place,
) -> Result<Item, FormatError> {
    let id = ItemId(reader.array()?);
    let byte = reader.u8()?;
    let depth = byte & !HAS_OWNERS;
    let base = if depth > 0 { Some(ItemPrefix(reader.array()?)) } else { None };
    let kind = match kind {
        FrameKind::Blocks => {
            let carried = map::read(reader)?;
            let cleared = if depth > 0 { map::read(reader)? } else { BlockMap::EMPTY };
            if !(carried & cleared).is_empty() {
                return Err(reader.field());
            }
            ItemKind::Chunk { carried, cleared, first_value: place.first_value }
        }
        FrameKind::Nodes => {
            let (level, length) = (reader.u8()?, reader.u32()?);
            if length as usize > MAX_PLAIN {
                return Err(reader.field());
            }
            ItemKind::Node { level, length }
        }
    };
    let owners = if byte == depth { Box::default() } else { read_owners(reader, depth, kind)? };
    Ok(Item { id, depth, base, owners, frame: place.frame, offset: place.offset, kind })
}

/// Reads owners, each of some blocks that nobody before it has.
fn read_owners(
    reader: &mut Reader<'_>,
    depth: u8,
    kind: ItemKind,
) -> Result<Box<[Owner]>, FormatError> {
    let ItemKind::Chunk { carried, cleared, .. } = kind else { return Err(reader.field()) };
    let count = reader.u8()?;
    if depth == 0 || count == 0 {
        return Err(reader.field());
    }
    let mut taken = carried | cleared;
    let mut owners = Vec::new();
    for _ in 0..count {
        let item = ItemPrefix(reader.array()?);
        let blocks = map::read(reader)?;
        if blocks.is_empty() || !(blocks & taken).is_empty() {
            return Err(reader.field());
        }
        taken = taken | blocks;
        owners.push(Owner { item, blocks });
    }
    Ok(owners.into())
}
