//! Tree nodes at rest: whole, or as the rows in which they differ from another node.
//!
//! ```text
//! whole  level 1 · reserved 7 · present 64 (one bit a slot) · id 32 of each present child
//! patch  row*:   slot 2 · tag 1 · [id 32] · [changed map] · [cleared map]
//!        tag:    1 child present · 2 map of changed blocks · 4 map of cleared blocks
//! ```
//! Maps stand in leaf nodes only, and tell the row's chunk from that of the patch's base; a row
//! of a leaf node without any map says that the chunks differ, but not where.

use super::{FormatError, Reader, map};
use crate::{
    block_map::BlockMap,
    hash::{ItemId, node_id},
    tree::{FANOUT, Node, Row, RowMaps},
};

const WHAT_NODE: &str = "the tree node";
const WHAT_PATCH: &str = "the tree node's patch";
const TAG_PRESENT: u8 = 1;
const TAG_CHANGED: u8 = 2;
const TAG_CLEARED: u8 = 4;

/// A node's name and the bytes that give it; `None` for a node without children.
pub(crate) fn encode_named(node: &Node) -> Option<(ItemId, Vec<u8>)> {
    if node.is_empty() {
        return None;
    }
    let bytes = encode(node);
    Some((node_id(&bytes), bytes))
}

/// The bytes of a whole node; its id is their hash.
fn encode(node: &Node) -> Vec<u8> {
    let mut bytes = vec![node.level, 0, 0, 0, 0, 0, 0, 0];
    let mut present = [0_u8; FANOUT / 8];
    for (slot, _) in node.children() {
        present[slot / 8] |= 1 << (slot % 8);
    }
    bytes.extend_from_slice(&present);
    for (_, child) in node.children() {
        bytes.extend_from_slice(&child.0);
    }
    bytes
}

/// Reads a whole node.
pub(crate) fn decode(bytes: &[u8]) -> Result<Node, FormatError> {
    let mut reader = Reader::new(bytes, WHAT_NODE);
    let level = reader.u8()?;
    reader.reserved(7)?;
    let present = reader.array::<{ FANOUT / 8 }>()?;
    let mut node = Node::empty(level);
    for slot in 0..FANOUT {
        if present[slot / 8] >> (slot % 8) & 1 == 1 {
            node.set(slot, Some(ItemId(reader.array()?)));
        }
    }
    reader.end()?;
    Ok(node)
}

/// The bytes of a patch.
pub(crate) fn encode_rows(rows: &[Row]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * 40);
    for row in rows {
        let maps = row.maps.unwrap_or_default();
        let tag = if row.child.is_some() { TAG_PRESENT } else { 0 }
            | if maps.changed.is_empty() { 0 } else { TAG_CHANGED }
            | if maps.cleared.is_empty() { 0 } else { TAG_CLEARED };
        bytes.extend_from_slice(&row.slot.to_le_bytes());
        bytes.push(tag);
        if let Some(child) = row.child {
            bytes.extend_from_slice(&child.0);
        }
        if !maps.changed.is_empty() {
            map::write(maps.changed, &mut bytes);
        }
        if !maps.cleared.is_empty() {
            map::write(maps.cleared, &mut bytes);
        }
    }
    bytes
}

/// Reads a patch: rows of ascending slots.
pub(crate) fn decode_rows(bytes: &[u8]) -> Result<Vec<Row>, FormatError> {
    let mut reader = Reader::new(bytes, WHAT_PATCH);
    let mut rows: Vec<Row> = Vec::new();
    while !reader.is_empty() {
        let slot = reader.u16()?;
        let tag = reader.u8()?;
        let ascending = rows.last().is_none_or(|last| last.slot < slot);
        if !ascending || usize::from(slot) >= FANOUT || tag > 7 {
            return Err(reader.field());
        }
        let child = if tag & TAG_PRESENT == 0 { None } else { Some(ItemId(reader.array()?)) };
        let read_map = |reader: &mut Reader<'_>, bit| {
            if tag & bit == 0 { Ok(BlockMap::EMPTY) } else { map::read(reader) }
        };
        let changed = read_map(&mut reader, TAG_CHANGED)?;
        let cleared = read_map(&mut reader, TAG_CLEARED)?;
        let maps = (tag & (TAG_CHANGED | TAG_CLEARED) != 0).then_some(RowMaps { changed, cleared });
        rows.push(Row { slot, child, maps });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row() -> impl Strategy<Value = Row> {
        let maps = any::<(u64, u64)>().prop_map(|(changed, cleared)| RowMaps {
            changed: BlockMap(changed | 1),
            cleared: BlockMap(cleared & !changed & !1),
        });
        (0..FANOUT as u16, any::<Option<[u8; 32]>>(), proptest::option::of(maps))
            .prop_map(|(slot, child, maps)| Row { slot, child: child.map(ItemId), maps })
    }

    proptest! {
        #[test]
        fn rows_read_back(mut rows in proptest::collection::vec(row(), 0..40)) {
            rows.sort_by_key(|row| row.slot);
            rows.dedup_by_key(|row| row.slot);
            prop_assert_eq!(decode_rows(&encode_rows(&rows)).unwrap(), rows);
        }

        #[test]
        fn noise_is_refused_or_read_but_never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
            let _ = decode_rows(&bytes);
        }
    }

    #[test]
    fn an_empty_node_takes_72_bytes() {
        let node = Node::empty(2);
        assert_eq!(encode(&node).len(), 72);
        assert_eq!(decode(&encode(&node)).unwrap(), node);
    }
}
