//! What turns one snapshot into another, as runs of bytes.

use std::{
    collections::VecDeque,
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use shared::{BLOCK_BYTES, ChunkIndex, Diff, DiffItem, DiffKind, DiffSide, Name};

use crate::{
    block_map::BlockMap,
    catalog::SnapshotRow,
    diff::{ChunkDiff, diff},
    engine::Engine,
    error::Error,
    hash::{BLOCK, ItemId},
    objects::read_chunks,
    view::View,
};

/// The unit in which change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// 4 KiB: found without reading any data.
    #[default]
    Block,
    /// 512 bytes: found by reading the blocks that differ.
    Sector,
}

impl Granularity {
    /// The unit in bytes.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Block => BLOCK_BYTES,
            Self::Sector => 512,
        }
    }
}

/// A difference without its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSummary {
    /// The side that is given.
    pub base: DiffSide,
    /// The side that is reached.
    pub target: DiffSide,
    /// Sum of the changed items' lengths.
    pub changed_bytes: u64,
    /// Sum of the cleared items' lengths.
    pub cleared_bytes: u64,
}

impl Engine {
    /// Tells the runs in which two snapshots of one disk differ, in order of their offset; any
    /// two, in either direction. Of two sizes the larger counts, and what is absent is zero.
    pub async fn diff(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
        each: &mut (dyn FnMut(DiffItem) + Send),
    ) -> Result<DiffSummary, Error> {
        let (base, target) = (self.find_snapshot(base).await?, self.find_snapshot(target).await?);
        if base.manifest.disk_id != target.manifest.disk_id {
            return Err(Error::DifferentDisks {
                base: base.manifest.name,
                base_disk: base.manifest.disk_name,
                target: target.manifest.name,
                target_disk: target.manifest.disk_name,
            });
        }
        let (base_view, target_view) = (self.view(&base).await?, self.view(&target).await?);
        let end = base_view.size.bytes().max(target_view.size.bytes());
        let mut runs = Runs { end, open: None, changed: 0, cleared: 0, each };
        match granularity {
            Granularity::Block => {
                diff(&base_view, &target_view, |chunk| {
                    runs.push_blocks(chunk);
                    ControlFlow::Continue(())
                })
                .await?;
            }
            Granularity::Sector => {
                let base = (&base_view, &base.manifest.name);
                by_sector(base, (&target_view, &target.manifest.name), &mut runs).await?;
            }
        }
        runs.flush();
        let (changed_bytes, cleared_bytes) = (runs.changed, runs.cleared);
        Ok(DiffSummary { base: side(&base), target: side(&target), changed_bytes, cleared_bytes })
    }

    /// The same as one value, for differences that fit in memory.
    pub async fn diff_items(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
    ) -> Result<Diff, Error> {
        let mut items = Vec::new();
        let summary = self.diff(base, target, granularity, &mut |item| items.push(item)).await?;
        let DiffSummary { base, target, changed_bytes, cleared_bytes } = summary;
        let granularity_bytes = granularity.bytes();
        Ok(Diff {
            base,
            target,
            granularity_bytes,
            changed_bytes,
            cleared_bytes,
            items,
            next: None,
        })
    }
}

fn side(row: &SnapshotRow) -> DiffSide {
    let manifest = &row.manifest;
    DiffSide {
        id: manifest.snapshot_id,
        name: manifest.name.clone(),
        size_bytes: manifest.size_bytes,
    }
}

/// Joins neighbours of one kind into runs.
struct Runs<'a> {
    /// The larger disk's end, where the last run ends at the latest.
    end: u64,
    open: Option<DiffItem>,
    changed: u64,
    cleared: u64,
    each: &'a mut (dyn FnMut(DiffItem) + Send),
}

impl Runs<'_> {
    fn push_blocks(&mut self, chunk: ChunkDiff) {
        let ChunkDiff { index, maps } = chunk;
        for block in maps.changed | maps.cleared {
            let kind =
                if maps.changed.contains(block) { DiffKind::Changed } else { DiffKind::Cleared };
            self.push(index.block(block).offset_bytes(), BLOCK_BYTES, kind);
        }
    }

    fn push(&mut self, offset: u64, length: u64, kind: DiffKind) {
        let length_bytes = length.min(self.end - offset);
        match &mut self.open {
            Some(open) if open.kind == kind && open.offset_bytes + open.length_bytes == offset => {
                open.length_bytes += length_bytes;
            }
            _ => {
                self.flush();
                self.open = Some(DiffItem { offset_bytes: offset, length_bytes, kind });
            }
        }
    }

    fn flush(&mut self) {
        if let Some(item) = self.open.take() {
            match item.kind {
                DiffKind::Changed => self.changed += item.length_bytes,
                DiffKind::Cleared => self.cleared += item.length_bytes,
            }
            (self.each)(item);
        }
    }
}

/// Reads both sides of the blocks that differ, some chunks at a time, and compares sectors.
async fn by_sector(
    (base, base_name): (&View, &Name),
    (target, target_name): (&View, &Name),
    runs: &mut Runs<'_>,
) -> Result<(), Error> {
    const CHUNKS: usize = 64;
    let mut chunks = VecDeque::new();
    diff(base, target, |chunk| {
        chunks.push_back(chunk);
        ControlFlow::Continue(())
    })
    .await?;
    while !chunks.is_empty() {
        let batch: Vec<ChunkDiff> = chunks.drain(..chunks.len().min(CHUNKS)).collect();
        let before = read_side(base, base_name, &batch).await?;
        let after = read_side(target, target_name, &batch).await?;
        for ((chunk, before), after) in batch.iter().zip(before).zip(after) {
            for block in chunk.maps.changed | chunk.maps.cleared {
                let at = chunk.index.block(block).offset_bytes();
                let range = block as usize * BLOCK..(block as usize + 1) * BLOCK;
                let sectors = before[range.clone()].chunks(512).zip(after[range].chunks(512));
                for (sector, (old, new)) in sectors.enumerate().filter(|(_, (old, new))| old != new)
                {
                    let cleared = crate::hash::is_zero(new) && !crate::hash::is_zero(old);
                    let kind = if cleared { DiffKind::Cleared } else { DiffKind::Changed };
                    runs.push(at + sector as u64 * 512, 512, kind);
                }
            }
        }
    }
    Ok(())
}

/// The bytes of some chunks on one side.
async fn read_side(view: &View, name: &Name, batch: &[ChunkDiff]) -> Result<Vec<Vec<u8>>, Error> {
    let mut wanted: Vec<(ChunkIndex, ItemId)> = Vec::new();
    for chunk in batch {
        let leaf = view.node_at(0, chunk.index.0 / 512).await?;
        let node = view.node_or_empty(leaf, 0).await?;
        if let Some(id) = node.child((chunk.index.0 % 512) as usize) {
            wanted.push((chunk.index, id));
        }
    }
    let zeros = || Mutex::new(vec![0; crate::hash::CHUNK]);
    let found: Arc<Vec<_>> = Arc::new(batch.iter().map(|chunk| (chunk.index, zeros())).collect());
    let sink = Arc::clone(&found);
    let failures = read_chunks(&view.objects, &wanted, move |index, bytes, _: BlockMap| {
        if let Ok(at) = sink.binary_search_by_key(&index, |(index, _)| *index) {
            let mut place = sink[at].1.lock().unwrap_or_else(PoisonError::into_inner);
            place.copy_from_slice(bytes);
        }
    })
    .await?;
    if let Some(failure) = failures.into_iter().next() {
        return Err(Error::damaged(name, failure.index.offset_bytes(), failure.error));
    }
    let take = |(_, bytes): &(ChunkIndex, Mutex<Vec<u8>>)| {
        std::mem::take(&mut *bytes.lock().unwrap_or_else(PoisonError::into_inner))
    };
    Ok(found.iter().map(take).collect())
}
