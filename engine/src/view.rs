//! One snapshot's tree, walked by place.

use std::sync::Arc;

use futures::future::BoxFuture;
use shared::{ByteSize, ChunkIndex};

use crate::{
    hash::ItemId,
    objects::Objects,
    store::StoreError,
    tree::{FANOUT, Node, height},
};

/// A snapshot's tree and the objects that it is made of.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) objects: Arc<Objects>,
    pub(crate) size: ByteSize,
    pub(crate) root: Option<ItemId>,
}

impl View {
    pub(crate) fn height(&self) -> u8 {
        height(self.size)
    }

    /// The id of the node of a level, counted from the left; `None`: all below it is zero.
    pub(crate) async fn node_at(
        &self,
        level: u8,
        index: u64,
    ) -> Result<Option<ItemId>, StoreError> {
        let height = self.height();
        if level >= height || index >> (9 * u32::from(height - 1 - level)) != 0 {
            return Ok(None);
        }
        let mut found = self.root;
        for above in (level + 1..height).rev() {
            let Some(id) = found else { return Ok(None) };
            let slot = index >> (9 * u32::from(above - 1 - level)) & (FANOUT as u64 - 1);
            found = self.objects.node(id).await?.child(slot as usize);
        }
        Ok(found)
    }

    /// The first leaf node at or after the index `from`, with its index.
    pub(crate) async fn next_leaf(&self, from: u64) -> Result<Option<(u64, ItemId)>, StoreError> {
        match self.root {
            Some(root) => self.next_leaf_below(root, self.height() - 1, 0, from).await,
            None => Ok(None),
        }
    }

    /// The first leaf at or after `from` below the node of a level that starts at leaf `start`.
    fn next_leaf_below(
        &self,
        id: ItemId,
        level: u8,
        start: u64,
        from: u64,
    ) -> BoxFuture<'_, Result<Option<(u64, ItemId)>, StoreError>> {
        Box::pin(async move {
            if level == 0 {
                return Ok((start >= from).then_some((start, id)));
            }
            let leaves_below = 1_u64 << (9 * u32::from(level - 1));
            let node = self.objects.node(id).await?;
            let first = from.saturating_sub(start) / leaves_below;
            for (slot, child) in node.children().filter(|&(slot, _)| slot as u64 >= first) {
                let start = start + slot as u64 * leaves_below;
                let found = self.next_leaf_below(child, level - 1, start, from).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        })
    }

    /// The id of a chunk; `None`: zeros.
    pub(crate) async fn chunk(&self, chunk: ChunkIndex) -> Result<Option<ItemId>, StoreError> {
        let leaf = self.node_at(0, chunk.0 / FANOUT as u64).await?;
        let node = self.node_or_empty(leaf, 0).await?;
        Ok(node.child((chunk.0 % FANOUT as u64) as usize))
    }

    /// A node by id; the empty node for `None`.
    pub(crate) async fn node_or_empty(
        &self,
        id: Option<ItemId>,
        level: u8,
    ) -> Result<Arc<Node>, StoreError> {
        match id {
            Some(id) => self.objects.node(id).await,
            None => Ok(Arc::new(Node::empty(level))),
        }
    }
}
