//! Writing to a managed disk: any bytes, durable when it returns.

use bytes::Bytes;
use shared::{BLOCK_BYTES, ChunkIndex};

use crate::{
    Access,
    engine::Engine,
    error::Error,
    hash::BLOCK,
    managed::{Base, Chunks, ManagedDisk, Stack, blocking, chunks_of},
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
        let record = self.find_disk(disk).await?.record;
        let managed = self.must_be_managed(&record)?;
        let (length, size) = (bytes.len() as u64, record.size_bytes);
        let end = offset.checked_add(length).filter(|&end| end <= size.bytes());
        let end = end.ok_or(Error::PastEnd { offset, length, size })?;
        if bytes.is_empty() {
            return Ok(());
        }
        // A block at the disk's end has nothing behind it that would have to be kept.
        let tail = (end != size.bytes()).then_some(end);
        let mut edges: Vec<u64> = [Some(offset), tail]
            .into_iter()
            .flatten()
            .filter(|at| !at.is_multiple_of(BLOCK_BYTES))
            .map(|at| at / BLOCK_BYTES * BLOCK_BYTES)
            .collect();
        edges.dedup();
        loop {
            let base = managed.state()?.base;
            let edges = self.read_edges(base.as_ref(), &edges).await;
            let hold = managed.hold(Access::Exclusive).await?;
            let (managed, bytes) = (managed.clone(), bytes.clone());
            let done = blocking(move || {
                let state = managed.state()?;
                if state.base != base {
                    // A snapshot became ready meanwhile: the edges are of what was there before.
                    return Ok(false);
                }
                let stack = managed.stack(&state.layers)?;
                write(&managed, &stack, offset, &bytes, &edges?)?;
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

/// Writes whole blocks, of which the edges are completed by what is there.
fn write(
    managed: &ManagedDisk,
    stack: &Stack,
    offset: u64,
    bytes: &[u8],
    edges: &[Edge],
) -> Result<(), Error> {
    let end = offset + bytes.len() as u64;
    let start = offset / BLOCK_BYTES * BLOCK_BYTES;
    let mut blocks = vec![0; (end.next_multiple_of(BLOCK_BYTES) - start) as usize];
    for edge in edges {
        let from = (edge.at - start) as usize;
        let block = &mut blocks[from..from + BLOCK];
        let found = stack.fill(edge.at, block).map_err(managed.failed("read"))?;
        if found.is_empty() {
            block.copy_from_slice(&edge.below);
        }
    }
    let from = (offset - start) as usize;
    blocks[from..from + bytes.len()].copy_from_slice(bytes);
    stack.write(start, &blocks).map_err(managed.failed("write"))
}
