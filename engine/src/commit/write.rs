//! From disk to packs: the scan at one end of a channel, the encoder at the other.

use std::{ops::Range, sync::Arc};

use shared::ChunkIndex;
use tokio::sync::mpsc;

use super::{
    build::TreeBuilder,
    content::Content,
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
    content: &Content,
    sink: &mut Sink,
    progress: &Arc<dyn Progress>,
) -> Result<Built, Error> {
    let (sender, mut windows) = mpsc::channel::<Vec<Changed>>(WINDOWS);
    let size = content.size();
    let progress = progress.as_ref();
    let scanned = async move {
        let total = size.bytes();
        let mut scanner = Scanner { sender, buffers: Buffers::default(), total, progress };
        match content {
            Content::Attached(source, _) => scan_disk(base, source, &mut scanner).await,
            Content::Managed(frozen) => Box::pin(frozen.scan(base, &mut scanner)).await,
        }
    };
    let encoder = &mut *sink;
    // It takes the receiver with it: the scan ends for want of one when encoding fails.
    let encoded = async move {
        let mut tree = TreeBuilder::new(base.clone(), height(size));
        let mut delta = Delta::default();
        while let Some(window) = windows.recv().await {
            for (chunk, row, change) in encode(&base.objects, encoder, window).await? {
                tree.set_chunk(encoder, chunk, row).await?;
                delta.add(change);
            }
        }
        Ok::<_, Error>((tree, delta))
    };
    let (scanned, encoded) = futures::future::join(scanned, encoded).await;
    let (tree, delta) = encoded?;
    scanned?;
    // Before the index names what was written: what it names, others may lean on.
    content.check_unchanged()?;
    let root = tree.finish(sink).await?;
    let written = sink.finish().await?;
    Ok(Built { root, written, delta })
}

/// Hashes windows of the disk, and sends on what differs from the base.
pub(super) struct Scanner<'a> {
    sender: mpsc::Sender<Vec<Changed>>,
    buffers: Buffers,
    total: u64,
    progress: &'a dyn Progress,
}

impl Scanner<'_> {
    /// Scans a window, which is not empty; `false`: nobody wants more.
    pub(super) async fn window(
        &mut self,
        source: Arc<dyn BlockSource>,
        window: Vec<ToScan>,
    ) -> Result<bool, Error> {
        if self.progress.cancelled() {
            return Err(Error::Cancelled);
        }
        let at = window[window.len() - 1].index.offset_bytes();
        self.progress.at(at.min(self.total), self.total);
        let buffers = self.buffers.clone();
        let changed = cpu(move || scan(source.as_ref(), &buffers, &window)).await?;
        if changed.is_empty() {
            return Ok(!self.sender.is_closed());
        }
        Ok(self.sender.send(changed).await.is_ok())
    }

    /// Says that all was scanned.
    pub(super) fn done(&self) {
        self.progress.at(self.total, self.total);
    }
}

/// Sends every chunk that differs from the base, window by window.
async fn scan_disk(
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
