//! What turns one snapshot into another, as runs of bytes.

mod cursor;

use std::{
    ops::{ControlFlow, Range},
    sync::{Arc, Mutex, PoisonError},
};

use shared::{BLOCK_BYTES, CHUNK_BYTES, ChunkIndex, Diff, DiffItem, DiffKind, DiffSide, Name};

use self::cursor::Cursor;
use crate::{
    block_map::BlockMap,
    catalog::SnapshotRow,
    diff::{ChunkDiff, diff_within},
    engine::{Engine, Pin},
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

/// Which part of a difference is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRequest {
    /// The snapshot that is given: `NAME`, `GROUP/NAME` or id.
    pub base: String,
    /// The snapshot that is reached.
    pub target: String,
    /// The unit in which change is told.
    pub granularity: Granularity,
    /// Bytes of the disk to look at; runs are cut off at its ends. `None`: all.
    pub window: Option<Range<u64>>,
    /// How many runs a page has at most.
    pub limit: usize,
    /// Where an earlier page ended.
    pub cursor: Option<String>,
}

impl Engine {
    /// Tells the runs in which two snapshots of one disk differ, in order of their offset; any
    /// two, in either direction. Of two sizes the larger counts, and what is absent is zero.
    ///
    /// Runs are cut off at the ends of the window, and nothing outside of it is read.
    pub async fn diff(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
        window: Option<Range<u64>>,
        each: &mut (dyn FnMut(DiffItem) + Send),
    ) -> Result<DiffSummary, Error> {
        let sides = self.sides(base, target).await?;
        let mut each = |item| {
            each(item);
            ControlFlow::Continue(())
        };
        let mut runs = Runs::new(sides.window(window), &mut each);
        self.diff_sides(&sides, granularity, &mut runs).await?;
        let (changed_bytes, cleared_bytes) = (runs.changed, runs.cleared);
        let (base, target) = (side(&sides.base), side(&sides.target));
        Ok(DiffSummary { base, target, changed_bytes, cleared_bytes })
    }

    /// One page of a difference, with the sums over the whole window.
    pub async fn diff_page(&self, request: DiffRequest) -> Result<Diff, Error> {
        let DiffRequest { base, target, granularity, window, limit, cursor } = request;
        let sides = self.sides(&base, &target).await?;
        let mut window = sides.window(window);
        let cursor = cursor.map(|text| Cursor::parse(&text, &window)).transpose()?;
        if let Some(cursor) = &cursor {
            window.start = cursor.offset;
        }
        let limit = limit.max(1);
        let (mut items, mut following) = (Vec::new(), None);
        let mut each = |item: DiffItem| {
            if items.len() < limit {
                items.push(item);
                return ControlFlow::Continue(());
            }
            following.get_or_insert(item.offset_bytes);
            // The first page counts all there is; the others are told by their cursor.
            if cursor.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut runs = Runs::new(window, &mut each);
        self.diff_sides(&sides, granularity, &mut runs).await?;
        let (changed, cleared) = match &cursor {
            Some(cursor) => (cursor.changed, cursor.cleared),
            None => (runs.changed, runs.cleared),
        };
        let next = following.map(|offset| Cursor { offset, changed, cleared }.to_string());
        Ok(Diff {
            base: side(&sides.base),
            target: side(&sides.target),
            granularity_bytes: granularity.bytes(),
            changed_bytes: changed,
            cleared_bytes: cleared,
            items,
            next,
        })
    }

    /// All of a difference as one value, for differences that fit in memory.
    pub async fn diff_items(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
    ) -> Result<Diff, Error> {
        let (base, target) = (base.to_owned(), target.to_owned());
        let limit = usize::MAX;
        let request = DiffRequest { base, target, granularity, window: None, limit, cursor: None };
        self.diff_page(request).await
    }

    async fn sides(&self, base: &str, target: &str) -> Result<Sides, Error> {
        let ((base, base_pin), (target, target_pin)) =
            (self.pinned(base).await?, self.pinned(target).await?);
        if base.manifest.disk_id != target.manifest.disk_id {
            return Err(Error::DifferentDisks {
                base: base.manifest.name,
                base_disk: base.manifest.disk_name,
                target: target.manifest.name,
                target_disk: target.manifest.disk_name,
            });
        }
        Ok(Sides { base, target, _pins: [base_pin, target_pin] })
    }

    async fn diff_sides(
        &self,
        Sides { base, target, .. }: &Sides,
        granularity: Granularity,
        runs: &mut Runs<'_>,
    ) -> Result<(), Error> {
        let (base_view, target_view) = (self.view(base).await?, self.view(target).await?);
        match granularity {
            Granularity::Block => {
                let chunks = runs.chunks();
                diff_within(&base_view, &target_view, &chunks, |chunk| {
                    runs.push_blocks(chunk);
                    runs.flow
                })
                .await?;
            }
            Granularity::Sector => {
                let base = (&base_view, &base.manifest.name);
                by_sector(base, (&target_view, &target.manifest.name), runs).await?;
            }
        }
        runs.flush();
        Ok(())
    }
}

/// Two snapshots of one disk.
struct Sides {
    base: SnapshotRow,
    target: SnapshotRow,
    _pins: [Pin; 2],
}

impl Sides {
    /// The part of a window that lies on the larger of the two disks.
    fn window(&self, window: Option<Range<u64>>) -> Range<u64> {
        let size = self.base.manifest.size_bytes.max(self.target.manifest.size_bytes).bytes();
        let window = window.unwrap_or(0..size);
        window.start.min(size)..window.end.min(size)
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
    /// What is told; runs are cut off at its ends.
    window: Range<u64>,
    open: Option<DiffItem>,
    changed: u64,
    cleared: u64,
    each: &'a mut (dyn FnMut(DiffItem) -> ControlFlow<()> + Send),
    /// What `each` said last.
    flow: ControlFlow<()>,
}

impl<'a> Runs<'a> {
    fn new(
        window: Range<u64>,
        each: &'a mut (dyn FnMut(DiffItem) -> ControlFlow<()> + Send),
    ) -> Self {
        let flow = ControlFlow::Continue(());
        Self { window, open: None, changed: 0, cleared: 0, each, flow }
    }

    /// The chunks that the window touches.
    fn chunks(&self) -> Range<u64> {
        self.window.start / CHUNK_BYTES..self.window.end.div_ceil(CHUNK_BYTES)
    }

    fn push_blocks(&mut self, chunk: ChunkDiff) {
        let ChunkDiff { index, maps } = chunk;
        for block in maps.changed | maps.cleared {
            let kind =
                if maps.changed.contains(block) { DiffKind::Changed } else { DiffKind::Cleared };
            self.push(index.block(block).offset_bytes(), BLOCK_BYTES, kind);
        }
    }

    fn push(&mut self, offset: u64, length: u64, kind: DiffKind) {
        let start = offset.max(self.window.start);
        let end = (offset + length).min(self.window.end);
        if start >= end {
            return;
        }
        match &mut self.open {
            Some(open) if open.kind == kind && open.offset_bytes + open.length_bytes == start => {
                open.length_bytes += end - start;
            }
            _ => {
                self.flush();
                self.open = Some(DiffItem { offset_bytes: start, length_bytes: end - start, kind });
            }
        }
    }

    fn flush(&mut self) {
        if let Some(item) = self.open.take() {
            match item.kind {
                DiffKind::Changed => self.changed += item.length_bytes,
                DiffKind::Cleared => self.cleared += item.length_bytes,
            }
            if self.flow.is_continue() {
                self.flow = (self.each)(item);
            }
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
    let mut window = runs.chunks();
    while !window.is_empty() && runs.flow.is_continue() {
        let mut batch: Vec<ChunkDiff> = Vec::with_capacity(CHUNKS);
        diff_within(base, target, &window, |chunk| {
            batch.push(chunk);
            if batch.len() < CHUNKS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .await?;
        window.start = match batch.last() {
            Some(last) if batch.len() == CHUNKS => last.index.0 + 1,
            _ => window.end,
        };
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
