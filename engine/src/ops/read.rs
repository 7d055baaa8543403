//! Reading any range of a snapshot as an image file would have it, piece by piece, without making
//! the file.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use shared::{CHUNK_BYTES, ChunkIndex, Name};

use super::export::ExportFormat;
use crate::{
    engine::{Engine, Pin},
    error::Error,
    hash::{CHUNK, ItemId},
    objects::read_chunks,
    store::StoreError,
    tree::FANOUT,
    vhd,
    view::View,
};

/// Chunks that are read at once: 2 MiB, so that many readers fit in memory.
const BATCH: u64 = 8;
/// Batches on their way while the reader takes one.
const AHEAD: usize = 2;

/// A snapshot as an image file that is not there: its length, its tag, and any of its bytes.
///
/// While it is held, garbage collection keeps the snapshot's bytes, deleted or not.
#[derive(Debug, Clone)]
pub struct Image {
    view: View,
    name: Name,
    footer: Bytes,
    tag: String,
    _pin: Arc<Pin>,
}

impl Engine {
    /// A snapshot, by `NAME`, `GROUP/NAME` or id, as an image in some format.
    pub async fn image(&self, snapshot: &str, format: ExportFormat) -> Result<Image, Error> {
        let (row, pin) = self.pinned(snapshot).await?;
        let pin = Arc::new(pin);
        let view = self.view(&row).await?;
        let digest = row.manifest.digest;
        let footer = match format {
            ExportFormat::Raw => Bytes::new(),
            ExportFormat::Vhd => Bytes::copy_from_slice(&vhd::fixed_footer(view.size, digest)),
        };
        let tag = format!("{digest}-{format}");
        Ok(Image { view, name: row.manifest.name, footer, tag, _pin: pin })
    }
}

impl Image {
    /// The snapshot's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// How many bytes the image has.
    pub fn length(&self) -> u64 {
        self.view.size.bytes() + self.footer.len() as u64
    }

    /// What is the same for the same bytes, and for no others: made from digest and format.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The bytes of a range, which ends at the image's end at the latest, in pieces of at most
    /// 256 KiB. Every chunk is checked before a byte of it is given; damage ends the stream.
    pub fn read(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        let size = self.view.size.bytes();
        let end = range.end.min(self.length());
        let start = range.start.min(end);
        let of_disk = start.min(size)..end.min(size);
        let of_footer = start.max(size) - size..end.max(size) - size;
        let footer = self.footer.slice(of_footer.start as usize..of_footer.end as usize);
        let footer = (!footer.is_empty()).then_some(Ok(footer));
        let image = self.clone();
        let disk = read_view(&self.view, of_disk).map_err(move |(offset, error)| {
            if error.is_damage() {
                Error::damaged(&image.name, offset, error)
            } else {
                Error::Unreadable { snapshot: image.name.clone(), source: error }
            }
        });
        disk.chain(stream::iter(footer))
    }
}

/// The bytes of a range of a tree's disk, in pieces of at most a chunk; an error tells the offset
/// of the chunk that could not be read.
pub(crate) fn read_view(
    view: &View,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, (u64, Arc<StoreError>)>> + Send + 'static {
    let view = view.clone();
    let first = range.start / CHUNK_BYTES;
    let end = if range.is_empty() { first } else { range.end.div_ceil(CHUNK_BYTES) };
    // Batches begin at multiples of their length, so that no batch lies in two leaf nodes.
    let batches = (first / BATCH..end.div_ceil(BATCH))
        .map(move |batch| (batch * BATCH).max(first)..((batch + 1) * BATCH).min(end));
    let pieces = stream::iter(batches).map(move |chunks| read_batch(view.clone(), chunks));
    let pieces = pieces.buffered(AHEAD).map_ok(|batch| stream::iter(batch).map(Ok));
    pieces.try_flatten().map_ok(move |(chunk, bytes)| {
        let at = chunk.offset_bytes();
        let (from, to) = (range.start.max(at), range.end.min(at + CHUNK_BYTES));
        bytes.slice((from - at) as usize..(to - at) as usize)
    })
}

/// The bytes of some neighbouring chunks of one leaf node.
async fn read_batch(
    view: View,
    chunks: Range<u64>,
) -> Result<Vec<(ChunkIndex, Bytes)>, (u64, Arc<StoreError>)> {
    static ZEROS: [u8; CHUNK] = [0; CHUNK];
    let first = chunks.start;
    let at_first = |error: StoreError| (first * CHUNK_BYTES, Arc::new(error));
    let leaf = view.node_at(0, first / FANOUT as u64).await.map_err(at_first)?;
    let leaf = view.node_or_empty(leaf, 0).await.map_err(at_first)?;
    let child = |index: u64| leaf.child((index % FANOUT as u64) as usize);
    let wanted: Vec<(ChunkIndex, ItemId)> =
        chunks.clone().filter_map(|index| child(index).map(|id| (ChunkIndex(index), id))).collect();
    let found: Arc<Vec<OnceLock<Bytes>>> =
        Arc::new(chunks.clone().map(|_| OnceLock::new()).collect());
    let sink = Arc::clone(&found);
    let failures = read_chunks(&view.objects, &wanted, move |index, bytes, _| {
        sink[(index.0 - first) as usize].get_or_init(|| Bytes::copy_from_slice(bytes));
    });
    if let Some(failure) = failures.await.map_err(at_first)?.into_iter().next() {
        return Err((failure.index.offset_bytes(), failure.error));
    }
    let zeros = || Bytes::from_static(&ZEROS);
    let bytes = |place: &OnceLock<Bytes>| place.get().cloned().unwrap_or_else(zeros);
    Ok(chunks.map(ChunkIndex).zip(found.iter().map(bytes)).collect())
}
