//! Reading a disk as it is now: an image in place, a managed disk through its layers.

use std::{ops::Range, path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures::{Stream, stream};
use shared::{BLOCK_BYTES, ByteSize, CHUNK_BYTES, ChunkIndex};

use crate::{
    Access,
    block_map::BlockMap,
    engine::Engine,
    error::Error,
    hash::BLOCK,
    managed::{Base, Bases, Chunks, ManagedDisk, blocking, chunks_of},
    manifest::RecordSource,
    source::{BlockSource as _, Changing, ImageSource},
};

/// Bytes that are read at once.
const PIECE: u64 = 1 << 20;

/// A disk as it is now, to be read at any range.
#[derive(Debug, Clone)]
pub struct DiskReader {
    size: ByteSize,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Attached(Arc<ImageSource>),
    Managed(ManagedDisk, Arc<Bases>),
}

impl Engine {
    /// Opens a disk to read it as it is now. No block is ever half old and half new.
    pub async fn read_disk(&self, disk: &str) -> Result<DiskReader, Error> {
        let record = self.find_disk(disk).await?.record;
        Ok(match &record.source {
            RecordSource::Attached { path, format } => {
                let (path, format) = (PathBuf::from(path), *format);
                let reach = self.options.reach.clone();
                let open = move || ImageSource::open_kept(&path, format, Changing::Allowed, &reach);
                let source = blocking(open).await?;
                DiskReader { size: source.size(), content: Content::Attached(Arc::new(source)) }
            }
            RecordSource::Managed { .. } => {
                let managed = self.managed(&record);
                if let Err(error) = managed.state() {
                    return Err(self.unless_detached(record.disk_id, error).await);
                }
                let content = Content::Managed(managed, Arc::new(Bases::new(self.open.clone())));
                DiskReader { size: record.size_bytes, content }
            }
        })
    }
}

impl DiskReader {
    /// The disk's size.
    pub const fn size(&self) -> ByteSize {
        self.size
    }

    /// The bytes of a range, in pieces of at most 1 MiB, each as it is when it is read.
    pub fn read(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        let reader = self.clone();
        stream::try_unfold(range.start, move |at| {
            let reader = reader.clone();
            let piece = at..range.end.min((at / PIECE + 1) * PIECE);
            async move {
                if piece.is_empty() {
                    return Ok(None);
                }
                let end = piece.end;
                Ok(Some((reader.piece(piece).await?, end)))
            }
        })
    }

    async fn piece(self, range: Range<u64>) -> Result<Bytes, Error> {
        if range.end > self.size.bytes() {
            let (offset, length) = (range.start, range.end - range.start);
            return Err(Error::PastEnd { offset, length, size: self.size });
        }
        match self.content {
            Content::Attached(source) => {
                blocking(move || {
                    let mut bytes = vec![0; (range.end - range.start) as usize];
                    source.read_at(range.start, &mut bytes)?;
                    Ok(bytes.into())
                })
                .await
            }
            Content::Managed(managed, bases) => read_managed(&managed, &bases, range).await,
        }
    }
}

/// A part of a chunk that was looked for in the layers.
struct Part {
    chunk: ChunkIndex,
    /// The first byte of `bytes` on the disk.
    start: u64,
    bytes: Vec<u8>,
    /// Blocks that no layer has.
    missing: BlockMap,
}

/// Reads a managed disk, at one moment.
async fn read_managed(
    managed: &ManagedDisk,
    bases: &Bases,
    range: Range<u64>,
) -> Result<Bytes, Error> {
    let aligned = range.start / BLOCK_BYTES * BLOCK_BYTES..range.end;
    loop {
        let (base, mut parts) = read_layers(managed, aligned.clone()).await?;
        let below = match &base {
            Some(base) => read_below(bases, base, &parts).await,
            None => Ok(Chunks::new()),
        };
        let below = match below {
            Ok(below) => below,
            // A snapshot that became ready meanwhile is the base now, and the old one may be gone.
            Err(_) if managed.state()?.base != base => continue,
            Err(error) => return Err(error),
        };
        for part in &mut parts {
            let Some(chunk) = below.get(&part.chunk) else { continue };
            for block in part.missing {
                let at = part.chunk.block(block).offset_bytes();
                let from = (at - part.start) as usize;
                let to = (from + BLOCK).min(part.bytes.len());
                let within = (at - part.chunk.offset_bytes()) as usize;
                part.bytes[from..to].copy_from_slice(&chunk[within..within + to - from]);
            }
        }
        let bytes: Vec<u8> = parts.into_iter().flat_map(|part| part.bytes).collect();
        return Ok(Bytes::from(bytes).slice((range.start - aligned.start) as usize..));
    }
}

/// What the layers have of a range, and what lies below them.
async fn read_layers(
    managed: &ManagedDisk,
    range: Range<u64>,
) -> Result<(Option<Base>, Vec<Part>), Error> {
    let hold = managed.hold(Access::Shared).await?;
    let managed = managed.clone();
    blocking(move || {
        let state = managed.state()?;
        let stack = managed.stack(&state.layers)?;
        let mut parts = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let chunk = ChunkIndex::containing(start);
            let end = range.end.min(chunk.offset_bytes() + CHUNK_BYTES);
            let mut bytes = vec![0; (end - start) as usize];
            let first = ((start - chunk.offset_bytes()) / BLOCK_BYTES) as u32;
            let blocks = (end - start).div_ceil(BLOCK_BYTES) as u32;
            let found = stack.fill(start, &mut bytes).map_err(managed.failed("read"))?;
            let missing = (first..first + blocks).collect::<BlockMap>() - found;
            parts.push(Part { chunk, start, bytes, missing });
            start = end;
        }
        drop(hold);
        Ok((state.base, parts))
    })
    .await
}

/// The chunks of the base that parts lack blocks of.
async fn read_below(bases: &Bases, base: &Base, parts: &[Part]) -> Result<Chunks, Error> {
    let lacking = parts.iter().filter(|part| !part.missing.is_empty());
    let lacking: Vec<ChunkIndex> = lacking.map(|part| part.chunk).collect();
    if lacking.is_empty() {
        return Ok(Chunks::new());
    }
    chunks_of(&bases.view(base).await?, &lacking).await
}
