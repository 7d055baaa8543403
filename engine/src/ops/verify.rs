//! Checking a snapshot: every node and every chunk is read, decoded and hashed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use shared::{CHUNK_BYTES, ChunkIndex, Damage, VerifyReport};

use crate::{
    engine::Engine,
    error::Error,
    hash::{BLOCK, ItemId},
    objects::read_chunks,
    progress::Progress,
    tree::{FANOUT, chunks_below},
    view::View,
};

/// Chunks that are read at once.
pub(crate) const BATCH: usize = 64;

impl Engine {
    /// Reads every stored byte of a snapshot; names every range that is damaged.
    pub async fn verify(
        &self,
        snapshot: &str,
        progress: Arc<dyn Progress>,
    ) -> Result<VerifyReport, Error> {
        let (row, _pin) = self.pinned(snapshot).await?;
        let scope = crate::engine::scope_of(&row.manifest);
        // Bytes that were read before prove nothing.
        let objects = self.objects_anew(&row.manifest.pool, scope).await?;
        let view = View { objects, size: row.manifest.size_bytes, root: row.manifest.root() };
        let verified = Arc::new(AtomicU64::new(0));
        let mut chunks = 0;
        let mut damage = Vec::new();
        let mut walk = Walk::new(&view);
        while let Some(step) = walk.next(&view).await? {
            match step {
                Step::Damaged { range, error } => damage.push(Damage {
                    offset_bytes: range.0,
                    length_bytes: range.1 - range.0,
                    reason: error.to_string(),
                }),
                Step::Chunks(wanted) => {
                    if progress.cancelled() {
                        return Err(Error::Cancelled);
                    }
                    progress.at(wanted[0].0.offset_bytes(), view.size.bytes());
                    chunks += wanted.len() as u64;
                    let sum = Arc::clone(&verified);
                    let failures = read_chunks(&view.objects, &wanted, move |_, _, non_zero| {
                        sum.fetch_add((non_zero.len() * BLOCK) as u64, Ordering::Relaxed);
                    });
                    damage.extend(failures.await?.into_iter().map(|failure| Damage {
                        offset_bytes: failure.index.offset_bytes(),
                        length_bytes:
                            CHUNK_BYTES.min(view.size.bytes() - failure.index.offset_bytes()),
                        reason: failure.error.to_string(),
                    }));
                }
            }
        }
        progress.at(view.size.bytes(), view.size.bytes());
        damage.sort_by_key(|damage| damage.offset_bytes);
        Ok(VerifyReport {
            id: row.manifest.snapshot_id,
            name: row.manifest.name,
            chunks,
            verified_bytes: verified.load(Ordering::Relaxed),
            damage,
        })
    }
}

/// A part of a tree.
pub(crate) enum Step {
    /// Some chunks, in order.
    Chunks(Vec<(ChunkIndex, ItemId)>),
    /// A node that cannot be read, and the bytes of the disk below it.
    Damaged { range: (u64, u64), error: crate::store::StoreError },
}

/// Walks a tree from left to right.
pub(crate) struct Walk {
    /// Nodes to come, the next one last: level, place among its level's nodes, id.
    nodes: Vec<(u8, u64, ItemId)>,
    chunks: std::collections::VecDeque<(ChunkIndex, ItemId)>,
}

impl Walk {
    pub(crate) fn new(view: &View) -> Self {
        let nodes = view.root.map(|root| (view.height() - 1, 0, root)).into_iter().collect();
        Self { nodes, chunks: std::collections::VecDeque::new() }
    }

    /// The next part; `None` at the end. An error is a failure of the store other than damage.
    pub(crate) async fn next(&mut self, view: &View) -> Result<Option<Step>, Error> {
        while self.chunks.is_empty() {
            let Some((level, index, id)) = self.nodes.pop() else { return Ok(None) };
            let node = match view.objects.node(id).await {
                Ok(node) => node,
                Err(error) if error.is_damage() => {
                    let bytes = chunks_below(level) * CHUNK_BYTES;
                    let range = (index * bytes, ((index + 1) * bytes).min(view.size.bytes()));
                    return Ok(Some(Step::Damaged { range, error }));
                }
                Err(error) => return Err(error.into()),
            };
            let place = |slot: usize| index * FANOUT as u64 + slot as u64;
            if level == 0 {
                self.chunks.extend(node.children().map(|(slot, id)| (ChunkIndex(place(slot)), id)));
            } else {
                let children: Vec<_> = node.children().collect();
                let below = children.into_iter().rev();
                self.nodes.extend(below.map(|(slot, id)| (level - 1, place(slot), id)));
            }
        }
        let count = self.chunks.len().min(BATCH);
        Ok(Some(Step::Chunks(self.chunks.drain(..count).collect())))
    }
}
