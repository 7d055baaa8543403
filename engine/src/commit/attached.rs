//! Scans an attached image: all of it that holds data, or held some in the base.

use std::{ops::Range, sync::Arc};

use shared::ChunkIndex;

use super::{
    scan::{ToScan, WINDOW_CHUNKS},
    scanner::Scanner,
};
use crate::{
    error::Error,
    source::{BlockSource, SourceError},
    tree::FANOUT,
    view::View,
};

/// Sends every chunk that differs from the base, window by window.
pub(super) async fn scan_attached(
    base: &View,
    source: &Arc<dyn BlockSource>,
    scanner: &mut Scanner<'_>,
) -> Result<(), Error> {
    let leaf_bytes = FANOUT as u64 * shared::CHUNK_BYTES;
    let mut data = source.next_data(0)?;
    let mut leaf = base.next_leaf(0).await?;
    loop {
        let with_data = data.as_ref().map(|range| range.start / leaf_bytes);
        let in_base = leaf.map(|(index, _)| index);
        let Some(index) = with_data.into_iter().chain(in_base).min() else { break };
        let node = if in_base == Some(index) { leaf.map(|(_, id)| id) } else { None };
        let node = base.node_or_empty(node, 0).await?;
        let chunks = (0..FANOUT as u64).map(|slot| ChunkIndex(index * FANOUT as u64 + slot));
        let mut window = Vec::with_capacity(WINDOW_CHUNKS);
        for (slot, chunk) in chunks.enumerate() {
            let in_chunk = take_data(source.as_ref(), &mut data, chunk)?;
            let old = node.child(slot);
            if old.is_some() || !in_chunk.is_empty() {
                window.push(ToScan { index: chunk, old, data: in_chunk, known: None });
            }
            if window.len() == WINDOW_CHUNKS || (slot + 1 == FANOUT && !window.is_empty()) {
                let window = std::mem::take(&mut window);
                if !scanner.window(Arc::clone(source), window).await? {
                    return Ok(());
                }
            }
        }
        if in_base == Some(index) {
            leaf = base.next_leaf(index + 1).await?;
        }
    }
    scanner.done();
    Ok(())
}

/// Takes the runs of data that lie in a chunk; chunks come in order, and none is passed over.
fn take_data(
    source: &dyn BlockSource,
    data: &mut Option<Range<u64>>,
    chunk: ChunkIndex,
) -> Result<Vec<Range<u64>>, SourceError> {
    let end = chunk.offset_bytes() + shared::CHUNK_BYTES;
    let mut taken = Vec::new();
    while let Some(range) = data.take_if(|range| range.start < end) {
        taken.push(range.start..range.end.min(end));
        if range.end > end {
            *data = Some(end..range.end);
            break;
        }
        *data = source.next_data(range.end)?;
    }
    Ok(taken)
}
