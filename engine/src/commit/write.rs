//! From disk to packs: the scan at one end of a channel, the encoder at the other.

use std::{ops::Range, sync::Arc};

use shared::ChunkIndex;
use tokio::sync::mpsc;

use super::{
    build::TreeBuilder,
    encode::{Delta, encode},
    scan::{Buffers, Changed, ToScan, WINDOW_CHUNKS, scan},
    sink::{Sink, Written},
};
use crate::{
    cpu::cpu,
    error::Error,
    hash::ItemId,
    progress::Progress,
    source::{BlockSource, SourceError},
    tree::{FANOUT, height},
    view::View,
};

/// Windows of changed chunks between the scan and the packs.
const WINDOWS: usize = 2;

/// What the tree of a new snapshot came to.
pub(crate) struct Built {
    pub(crate) root: Option<ItemId>,
    pub(crate) written: Written,
    pub(crate) delta: Delta,
}

/// Scans the disk and writes what differs from the base.
pub(crate) async fn write_changes(
    base: &View,
    source: &Arc<dyn BlockSource>,
    sink: &mut Sink,
    progress: &Arc<dyn Progress>,
) -> Result<Built, Error> {
    let (sender, mut windows) = mpsc::channel::<Vec<Changed>>(WINDOWS);
    let scanned = scan_disk(base, source, sender, progress.as_ref());
    let encoded = async {
        let mut tree = TreeBuilder::new(base.clone(), height(source.size()));
        let mut delta = Delta::default();
        while let Some(window) = windows.recv().await {
            for (chunk, row, change) in encode(&base.objects, sink, window).await? {
                tree.set_chunk(sink, chunk, row).await?;
                delta.add(change);
            }
        }
        Ok::<_, Error>((tree, delta))
    };
    let (scanned, encoded) = futures::future::join(scanned, encoded).await;
    // When encoding fails, the scan ends for want of a receiver.
    let (tree, delta) = encoded?;
    scanned?;
    // Before the index names what was written: what it names, others may lean on.
    source.check_unchanged()?;
    let root = tree.finish(sink).await?;
    let written = sink.finish().await?;
    Ok(Built { root, written, delta })
}

/// Sends every chunk that differs from the base, window by window.
async fn scan_disk(
    base: &View,
    source: &Arc<dyn BlockSource>,
    sender: mpsc::Sender<Vec<Changed>>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let buffers = Buffers::default();
    let total = source.size().bytes();
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
                window.push(ToScan { index: chunk, old, data: in_chunk });
            }
            if window.len() == WINDOW_CHUNKS || (slot + 1 == FANOUT && !window.is_empty()) {
                if progress.cancelled() {
                    return Err(Error::Cancelled);
                }
                progress.at(chunk.offset_bytes().min(total), total);
                let (source, buffers) = (Arc::clone(source), buffers.clone());
                let window = std::mem::take(&mut window);
                let changed = cpu(move || scan(source.as_ref(), &buffers, &window)).await?;
                if !changed.is_empty() && sender.send(changed).await.is_err() {
                    return Ok(());
                }
            }
        }
        if in_base == Some(index) {
            leaf = base.next_leaf(index + 1).await?;
        }
    }
    progress.at(total, total);
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
