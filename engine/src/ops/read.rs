//! Reading any range of a snapshot as an image file would have it, piece by piece, without making
//! the file.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use shared::{CHUNK_BYTES, ChunkIndex, ExportFormat, Name};

use crate::{
    engine::{Engine, Pin},
    error::Error,
    hash::{CHUNK, ItemId},
    image::{Layout, Piece},
    objects::read_chunks,
    store::StoreError,
    tree::{FANOUT, Node},
    view::View,
};

/// Pieces that are read at once: 2 MiB, so that many readers fit in memory.
const BATCH: usize = 8;
/// Batches on their way while the reader takes one.
const AHEAD: usize = 2;

/// A snapshot as an image file that is not there: its length, its tag, and any of its bytes.
///
/// While it is held, garbage collection keeps the snapshot's bytes, deleted or not.
#[derive(Debug, Clone)]
pub struct Image {
    view: View,
    name: Name,
    layout: Arc<Layout>,
    tag: String,
    _pin: Arc<Pin>,
}

impl Engine {
    /// A snapshot, by `NAME`, `GROUP/NAME` or id, as an image in some format.
    pub async fn image(&self, snapshot: &str, format: ExportFormat) -> Result<Image, Error> {
        let (row, pin) = self.pinned(snapshot).await?;
        let pin = Arc::new(pin);
        let view = self.view(&row).await?;
        let layout = self.layout(&row, &view, format).await?;
        let tag = format!("{}-{format}", row.manifest.digest);
        Ok(Image { view, name: row.manifest.name, layout, tag, _pin: pin })
    }
}

impl Image {
    /// The snapshot's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// How many bytes the image has.
    pub fn length(&self) -> u64 {
        self.layout.length()
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
        let end = range.end.min(self.length());
        let mut at = range.start;
        let layout = Arc::clone(&self.layout);
        let batches = std::iter::from_fn(move || {
            let pieces = std::iter::from_fn(|| {
                let piece = (at < end).then(|| layout.piece(at..end))?;
                at += piece.length();
                Some(piece)
            });
            let pieces: Vec<Piece> = pieces.take(BATCH).collect();
            (!pieces.is_empty()).then_some(pieces)
        });
        let (view, name) = (self.view.clone(), self.name.clone());
        let batches = stream::iter(batches).map(move |pieces| read_batch(view.clone(), pieces));
        let batches = batches.buffered(AHEAD).map_ok(|batch| stream::iter(batch).map(Ok));
        batches.try_flatten().map_err(move |(offset, error)| {
            if error.is_damage() {
                Error::damaged(&name, offset, error)
            } else {
                Error::Unreadable { snapshot: name.clone(), source: error }
            }
        })
    }
}

/// A chunk that could not be read: its offset on the disk, and why.
type Unread = (u64, Arc<StoreError>);

/// The bytes of some pieces.
async fn read_batch(view: View, pieces: Vec<Piece>) -> Result<Vec<Bytes>, Unread> {
    static ZEROS: [u8; CHUNK] = [0; CHUNK];
    let wanted = wanted(&view, &pieces).await?;
    let found: Arc<[(ChunkIndex, OnceLock<Bytes>)]> =
        wanted.iter().map(|&(chunk, _)| (chunk, OnceLock::new())).collect();
    let sink = Arc::clone(&found);
    let failures = read_chunks(&view.objects, &wanted, move |chunk, bytes, _| {
        if let Some((_, place)) = sink.iter().find(|(wanted, _)| *wanted == chunk) {
            place.get_or_init(|| Bytes::copy_from_slice(bytes));
        }
    });
    let of_all = |error| {
        let first = wanted.first().map_or(0, |(chunk, _)| chunk.offset_bytes());
        (first, Arc::new(error))
    };
    if let Some(failure) = failures.await.map_err(of_all)?.into_iter().next() {
        return Err((failure.index.offset_bytes(), failure.error));
    }
    let bytes_of = |chunk: ChunkIndex| {
        let (_, bytes) = found.iter().find(|(wanted, _)| *wanted == chunk)?;
        bytes.get()
    };
    let zeros = |length: u64| Bytes::from_static(&ZEROS[..length as usize]);
    let bytes = pieces.into_iter().map(|piece| match piece {
        Piece::Given(bytes) => bytes,
        Piece::Zeros(length) => zeros(length),
        Piece::Disk(Range { start, end }) => match bytes_of(ChunkIndex::containing(start)) {
            Some(chunk) => {
                let at = start % CHUNK_BYTES;
                chunk.slice(at as usize..(at + (end - start)) as usize)
            }
            None => zeros(end - start),
        },
    });
    Ok(bytes.collect())
}

/// The chunks that some pieces are parts of, but for those that are zeros.
async fn wanted(view: &View, pieces: &[Piece]) -> Result<Vec<(ChunkIndex, ItemId)>, Unread> {
    let mut wanted = Vec::new();
    // Neighbours are mostly of one leaf node.
    let mut leaf: Option<(u64, Arc<Node>)> = None;
    for piece in pieces {
        let Piece::Disk(range) = piece else { continue };
        let chunk = ChunkIndex::containing(range.start);
        let number = chunk.0 / FANOUT as u64;
        let node = match &leaf {
            Some((known, node)) if *known == number => Arc::clone(node),
            _ => {
                let found = async {
                    let id = view.node_at(0, number).await?;
                    view.node_or_empty(id, 0).await
                };
                found.await.map_err(|error| (chunk.offset_bytes(), Arc::new(error)))?
            }
        };
        wanted.extend(node.child((chunk.0 % FANOUT as u64) as usize).map(|id| (chunk, id)));
        leaf = Some((number, node));
    }
    Ok(wanted)
}
