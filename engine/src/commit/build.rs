//! Builds the new tree from the base's: leaf by leaf, each level closed as the next begins.

use std::sync::Arc;

use super::sink::Sink;
use crate::{
    format::{
        node,
        pack::{ItemKind, NewItem},
    },
    hash::ItemId,
    objects::{MAX_DEPTH, Objects},
    store::StoreError,
    tree::{FANOUT, Node, Row, chunks_below},
    view::View,
};

/// The open node of each level, on the way from left to right.
#[derive(Debug)]
pub(crate) struct TreeBuilder {
    base: View,
    height: u8,
    levels: Vec<Option<Open>>,
    root: Option<ItemId>,
}

/// A node that takes its children.
#[derive(Debug)]
struct Open {
    /// Its place among the nodes of its level.
    index: u64,
    base: Option<ItemId>,
    node: Node,
    rows: Vec<Row>,
}

impl TreeBuilder {
    /// Begins with the base's tree, for a disk whose tree has so many levels.
    pub(crate) fn new(base: View, height: u8) -> Self {
        let levels = (0..height).map(|_| None).collect();
        Self { base, height, levels, root: None }
    }

    /// Sets a row of the leaf node that holds the chunk; chunks come in ascending order.
    pub(crate) async fn set_chunk(
        &mut self,
        sink: &mut Sink,
        chunk: u64,
        row: Row,
    ) -> Result<(), StoreError> {
        // Past what the tree spans there is only what a shrunken disk has lost.
        if chunk >= chunks_below(self.height - 1) {
            return Ok(());
        }
        self.set(sink, 0, chunk / FANOUT as u64, row).await
    }

    /// Closes all levels; gives the root.
    pub(crate) async fn finish(mut self, sink: &mut Sink) -> Result<Option<ItemId>, StoreError> {
        // Nothing was set and the height is the same: the base's tree is the tree.
        if self.levels.iter().all(Option::is_none) && self.base.height() == self.height {
            return Ok(self.base.root);
        }
        let top = self.height - 1;
        for level in 0..top {
            self.close(sink, level).await?;
        }
        // Opens the top where nothing below it was set: the disk has only outgrown its tree.
        self.touch(sink, top, 0).await?;
        self.close(sink, top).await?;
        Ok(self.root)
    }

    /// Sets a row of a node, closing the level's open node when it is another.
    async fn set(
        &mut self,
        sink: &mut Sink,
        level: u8,
        index: u64,
        row: Row,
    ) -> Result<(), StoreError> {
        self.touch(sink, level, index).await?;
        if let Some(open) = &mut self.levels[usize::from(level)] {
            open.node.set(usize::from(row.slot), row.child);
            open.rows.push(row);
        }
        Ok(())
    }

    /// Makes a node the open one of its level.
    async fn touch(&mut self, sink: &mut Sink, level: u8, index: u64) -> Result<(), StoreError> {
        if self.levels[usize::from(level)].as_ref().is_some_and(|open| open.index == index) {
            return Ok(());
        }
        // Whoever asks has closed all below, so the level's last node is done.
        self.close(sink, level).await?;
        let base = self.base.node_at(level, index).await?;
        let mut node = match base {
            Some(id) => self.base.objects.node(id).await?.as_ref().clone(),
            None => Node::empty(level),
        };
        if level > 0 && level >= self.base.height() && index == 0 {
            // The disk has outgrown its tree, which becomes the first child of the new level.
            node.set(0, self.base.node_at(level - 1, 0).await?);
        }
        self.levels[usize::from(level)] = Some(Open { index, base, node, rows: Vec::new() });
        Ok(())
    }

    /// Stores a level's open node and tells the level above.
    async fn close(&mut self, sink: &mut Sink, level: u8) -> Result<(), StoreError> {
        let Some(Open { index, base, node, rows }) = self.levels[usize::from(level)].take() else {
            return Ok(());
        };
        let id = store_node(&self.base.objects, sink, &node, base, rows).await?;
        if level + 1 == self.height {
            self.root = id;
            return Ok(());
        }
        if id == base && level + 1 < self.base.height() {
            return Ok(());
        }
        let row = Row { slot: (index % FANOUT as u64) as u16, child: id, maps: None };
        Box::pin(self.set(sink, level + 1, index / FANOUT as u64, row)).await
    }
}

/// Stores a node: not at all if it is there, else as a patch of its base's, folded, or whole.
async fn store_node(
    objects: &Arc<Objects>,
    sink: &mut Sink,
    node: &Node,
    base: Option<ItemId>,
    rows: Vec<Row>,
) -> Result<Option<ItemId>, StoreError> {
    let Some((id, whole)) = node::encode_named(node) else { return Ok(None) };
    if base == Some(id) || sink.has(id) || objects.has(id).await? {
        return Ok(Some(id));
    }
    let mut stored = (whole, 0, None);
    if let Some(base) = base {
        let chain = objects.chain(base).await?;
        let depth = chain[0].item().depth;
        let (base, depth, rows) = if depth < MAX_DEPTH {
            (base, depth + 1, rows)
        } else {
            let bottom = chain[chain.len() - 1].item().id;
            (bottom, 1, node.rows_since(objects.node(bottom).await?.as_ref()))
        };
        let patch = node::encode_rows(&rows);
        // Whole from seven eighths on, as chunks are: a patch also tells what differs.
        if patch.len() * 8 < stored.0.len() * 7 {
            stored = (patch, depth, Some(base.prefix()));
        }
    }
    let (bytes, depth, base) = stored;
    let kind = ItemKind::Node { level: node.level, length: bytes.len() as u32 };
    sink.push_node(
        &bytes,
        NewItem { id, depth, base, owners: Box::default(), kind, values: Vec::new() },
    );
    Ok(Some(id))
}
