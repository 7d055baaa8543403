//! Writing to a managed disk: any bytes, durable when it returns.

use std::ops::Range;

use bytes::Bytes;
use shared::{BLOCK_BYTES, ByteSize, ChunkIndex};

use crate::{
    Access,
    engine::Engine,
    error::Error,
    hash::BLOCK,
    managed::{Base, Chunks, ManagedDisk, Run, Stack, blocking, chunks_of},
    manifest::DiskRecord,
};

/// A block of which only a part is written, and what the base has in its place.
#[derive(Debug, Clone)]
struct Edge {
    /// The block's first byte on the disk.
    at: u64,
    below: Vec<u8>,
}

impl Engine {
    /// Writes bytes to a managed disk, all or, after a crash, some of its blocks; they are durable
    /// when this returns.
    pub async fn write_disk(&self, disk: &str, offset: u64, bytes: Bytes) -> Result<(), Error> {
        self.write_disk_ranges(disk, &[(offset, bytes)]).await
    }

    /// Writes pieces to a managed disk, each to its offset, as one write: later pieces lie over
    /// earlier ones, and no snapshot is taken in between. It takes the syncs of one piece.
    pub async fn write_disk_ranges(
        &self,
        disk: &str,
        pieces: &[(u64, Bytes)],
    ) -> Result<(), Error> {
        let record = self.find_disk(disk).await?.record;
        match self.write_record(&record, pieces).await {
            Err(error @ Error::DiskDamaged { .. }) => {
                Err(self.unless_detached(record.disk_id, error).await)
            }
            written => written,
        }
    }

    async fn write_record(
        &self,
        record: &DiskRecord,
        pieces: &[(u64, Bytes)],
    ) -> Result<(), Error> {
        let managed = self.must_be_managed(record)?;
        let size = record.size_bytes;
        let pieces: Vec<Piece> =
            pieces.iter().map(|piece| Piece::new(piece, size)).collect::<Result<_, _>>()?;
        let pieces: Vec<Piece> =
            pieces.into_iter().filter(|piece| !piece.bytes.is_empty()).collect();
        if pieces.is_empty() {
            return Ok(());
        }
        let mut partial: Vec<u64> = pieces.iter().flat_map(Piece::partial).collect();
        partial.sort_unstable();
        partial.dedup();
        loop {
            let base = managed.state()?.base;
            let edges = self.read_edges(base.as_ref(), &partial).await;
            let hold = managed.hold(Access::Exclusive).await?;
            let (managed, pieces) = (managed.clone(), pieces.clone());
            let done = blocking(move || {
                let state = managed.state()?;
                if state.base != base {
                    // A snapshot became ready meanwhile: the edges are of what was there before.
                    return Ok(false);
                }
                let stack = managed.stack(&state.layers)?;
                write(&managed, &stack, &pieces, &edges?)?;
                drop(hold);
                Ok::<_, Error>(true)
            });
            if done.await? {
                return Ok(());
            }
        }
    }

    /// What the base has in some blocks.
    async fn read_edges(&self, base: Option<&Base>, blocks: &[u64]) -> Result<Vec<Edge>, Error> {
        let mut edges = Vec::new();
        for &at in blocks {
            let chunk = ChunkIndex::containing(at);
            let chunks = match base {
                Some(base) => chunks_of(&self.base_view(base).await?, &[chunk]).await?,
                None => Chunks::new(),
            };
            let from = (at - chunk.offset_bytes()) as usize;
            let below =
                chunks.get(&chunk).map_or(vec![0; BLOCK], |it| it[from..from + BLOCK].to_vec());
            edges.push(Edge { at, below });
        }
        Ok(edges)
    }
}

/// Bytes that lie within the disk.
#[derive(Debug, Clone)]
struct Piece {
    range: Range<u64>,
    bytes: Bytes,
}

impl Piece {
    fn new((offset, bytes): &(u64, Bytes), size: ByteSize) -> Result<Self, Error> {
        let (offset, length) = (*offset, bytes.len() as u64);
        let end = offset.checked_add(length).filter(|&end| end <= size.bytes());
        let end = end.ok_or(Error::PastEnd { offset, length, size })?;
        Ok(Self { range: offset..end, bytes: bytes.clone() })
    }

    /// The whole blocks that it touches.
    fn blocks(&self) -> Range<u64> {
        self.range.start / BLOCK_BYTES * BLOCK_BYTES..self.range.end.next_multiple_of(BLOCK_BYTES)
    }

    /// The blocks of which it leaves a part as it is. The disk's last one may be among them, though
    /// nothing lies behind it: the disk may grow before this is written.
    fn partial(&self) -> impl Iterator<Item = u64> + use<> {
        [self.range.start, self.range.end]
            .into_iter()
            .filter(|at| !at.is_multiple_of(BLOCK_BYTES))
            .map(|at| at / BLOCK_BYTES * BLOCK_BYTES)
    }
}

/// Writes whole blocks, of which the edges are completed by what is there.
fn write(
    managed: &ManagedDisk,
    stack: &Stack,
    pieces: &[Piece],
    edges: &[Edge],
) -> Result<(), Error> {
    let mut runs = runs(pieces);
    for edge in edges {
        let block = within(&mut runs, edge.at, BLOCK);
        let found = stack.fill(edge.at, block).map_err(managed.failed("read"))?;
        if found.is_empty() {
            block.copy_from_slice(&edge.below);
        }
    }
    for piece in pieces {
        within(&mut runs, piece.range.start, piece.bytes.len()).copy_from_slice(&piece.bytes);
    }
    stack.write(&runs).map_err(managed.failed("write"))
}

/// The blocks that some pieces touch, neighbours together, in order.
fn runs(pieces: &[Piece]) -> Vec<Run> {
    let mut touched: Vec<_> = pieces.iter().map(Piece::blocks).collect();
    touched.sort_unstable_by_key(|range| range.start);
    touched.dedup_by(|next, before| {
        let joins = next.start <= before.end;
        if joins {
            before.end = before.end.max(next.end);
        }
        joins
    });
    let zeros = |range: Range<u64>| vec![0; (range.end - range.start) as usize];
    touched.into_iter().map(|it| Run { offset: it.start, bytes: zeros(it) }).collect()
}

/// The part of the runs that has the disk's bytes from an offset on.
fn within(runs: &mut [Run], offset: u64, length: usize) -> &mut [u8] {
    let run = &mut runs[runs.partition_point(|run| run.offset <= offset) - 1];
    let from = (offset - run.offset) as usize;
    &mut run.bytes[from..from + length]
}
