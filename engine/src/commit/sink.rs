//! Where new items go: into frames, the frames into packs, the packs and their index into the store.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use rayon::prelude::*;
use tokio::task::JoinSet;

use crate::{
    clock::Clock,
    cpu::cpu,
    format::{
        frame::{self, FrameKind, MAX_PLAIN},
        index::{self, ItemRow, PackRow},
        pack::{self, ItemKind, NewFrame, NewItem, Pack},
    },
    hash::{BLOCK, ItemId, ItemPrefix},
    ids::{PackId, SegmentId, new_uuid},
    objects::Objects,
    random::Random,
    store::{ObjectKey, StoreError},
};

/// A pack is sealed when it has grown to this: 32 MiB, so that two of them fit in memory.
pub(crate) const PACK_BYTES: u64 = 32 << 20;
/// Packs on their way to the store while the next one fills.
const UPLOADS: usize = 1;
/// Index rows kept in memory before they are written as a segment: 1 Mi rows, 16 MiB.
pub(crate) const SEGMENT_ROWS: usize = 1 << 20;
/// Items in a frame at most: those that only clear blocks take none of its bytes.
const FRAME_ITEMS: usize = 4096;
/// zstd's level for blocks and nodes.
const LEVEL: i32 = 3;
/// zstd's level for frames of patches: they are few, and small ones have little to learn from.
const PATCH_LEVEL: i32 = 9;

/// Collects a commit's items and writes them.
#[derive(Debug)]
pub(crate) struct Sink {
    objects: Arc<Objects>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    blocks: Draft,
    nodes: Draft,
    /// Frames that are full, not yet encoded.
    ready: Vec<Draft>,
    /// The frames of the open pack.
    frames: Vec<NewFrame>,
    pack_bytes: u64,
    /// Items of this commit that no segment names yet.
    seen: HashSet<ItemPrefix>,
    packs: Vec<PackRow>,
    rows: Vec<ItemRow>,
    uploads: JoinSet<Result<usize, StoreError>>,
    totals: Written,
}

/// What a commit wrote.
#[derive(Debug, Default, Clone)]
pub(crate) struct Written {
    pub(crate) packs: Vec<PackId>,
    pub(crate) segments: Vec<SegmentId>,
    /// Bytes of one copy.
    pub(crate) bytes: u64,
    /// Bytes of all copies.
    pub(crate) bytes_all_zones: u64,
}

/// A frame being filled.
#[derive(Debug)]
struct Draft {
    kind: FrameKind,
    plain: Vec<u8>,
    items: Vec<NewItem>,
}

impl Draft {
    const fn new(kind: FrameKind) -> Self {
        Self { kind, plain: Vec::new(), items: Vec::new() }
    }

    fn encode(self) -> NewFrame {
        let patches = self.items.iter().any(|item| item.depth > 0);
        let level = if patches { PATCH_LEVEL } else { LEVEL };
        let bytes = frame::encode(self.kind, self.items.len() as u32, &self.plain, level);
        NewFrame {
            kind: self.kind,
            plain_length: self.plain.len() as u32,
            bytes: bytes.into(),
            items: self.items,
        }
    }
}

impl Sink {
    pub(crate) fn new(
        objects: &Arc<Objects>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            objects: Arc::clone(objects),
            clock,
            random,
            blocks: Draft::new(FrameKind::Blocks),
            nodes: Draft::new(FrameKind::Nodes),
            ready: Vec::new(),
            frames: Vec::new(),
            pack_bytes: 0,
            seen: HashSet::new(),
            packs: Vec::new(),
            rows: Vec::new(),
            uploads: JoinSet::new(),
            totals: Written::default(),
        }
    }

    /// Whether this commit has the item already, and no segment names it yet.
    pub(crate) fn has(&self, id: ItemId) -> bool {
        self.seen.contains(&id.prefix())
    }

    /// Takes a chunk's carried blocks.
    pub(crate) fn push_chunk(&mut self, chunk: &[u8], item: NewItem) {
        let ItemKind::Chunk { carried, .. } = item.kind else {
            unreachable!("only chunks are pushed as chunks");
        };
        let draft = self.draft(FrameKind::Blocks, carried.len() * BLOCK);
        for block in carried {
            let from = block as usize * BLOCK;
            draft.plain.extend_from_slice(&chunk[from..from + BLOCK]);
        }
        self.push(item, FrameKind::Blocks);
    }

    /// Takes a node's bytes, or its patch's.
    pub(crate) fn push_node(&mut self, bytes: &[u8], item: NewItem) {
        self.draft(FrameKind::Nodes, bytes.len()).plain.extend_from_slice(bytes);
        self.push(item, FrameKind::Nodes);
    }

    fn push(&mut self, item: NewItem, kind: FrameKind) {
        self.seen.insert(item.id.prefix());
        match kind {
            FrameKind::Blocks => self.blocks.items.push(item),
            FrameKind::Nodes => self.nodes.items.push(item),
        }
    }

    /// The open frame of a kind, with room for so many bytes.
    fn draft(&mut self, kind: FrameKind, bytes: usize) -> &mut Draft {
        let draft = match kind {
            FrameKind::Blocks => &mut self.blocks,
            FrameKind::Nodes => &mut self.nodes,
        };
        if draft.plain.len() + bytes > MAX_PLAIN || draft.items.len() >= FRAME_ITEMS {
            self.ready.push(std::mem::replace(draft, Draft::new(kind)));
        }
        draft
    }

    /// Encodes the frames that are full, and sends the pack off when it is.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        let ready = std::mem::take(&mut self.ready);
        if ready.is_empty() {
            return Ok(());
        }
        let encode = || ready.into_par_iter().map(Draft::encode).collect::<Vec<_>>();
        for frame in cpu(encode).await {
            self.pack_bytes += frame.entry_bytes();
            self.frames.push(frame);
            if self.pack_bytes >= PACK_BYTES {
                self.seal().await?;
            }
        }
        if self.rows.len() >= SEGMENT_ROWS {
            self.write_segment().await?;
        }
        Ok(())
    }

    /// Writes all that is left; says what was written.
    pub(crate) async fn finish(&mut self) -> Result<Written, StoreError> {
        for kind in [FrameKind::Blocks, FrameKind::Nodes] {
            let draft = match kind {
                FrameKind::Blocks => &mut self.blocks,
                FrameKind::Nodes => &mut self.nodes,
            };
            if !draft.items.is_empty() {
                self.ready.push(std::mem::replace(draft, Draft::new(kind)));
            }
        }
        self.flush().await?;
        self.write_segment().await?;
        Ok(self.totals.clone())
    }

    /// Takes frames that are encoded already, as garbage collection moves them.
    pub(crate) async fn push_frame(&mut self, frame: NewFrame) -> Result<(), StoreError> {
        self.pack_bytes += frame.entry_bytes();
        self.frames.push(frame);
        if self.pack_bytes >= PACK_BYTES { self.seal().await } else { Ok(()) }
    }

    /// Sends the open pack to the store.
    async fn seal(&mut self) -> Result<(), StoreError> {
        if self.frames.is_empty() {
            return Ok(());
        }
        while self.uploads.len() >= UPLOADS {
            self.join_upload().await?;
        }
        let id = PackId(new_uuid(self.clock.now(), self.random.as_ref()));
        let frames = std::mem::take(&mut self.frames);
        self.pack_bytes = 0;
        let Pack { length, table_offset, parts, ids, .. } = pack::encode(id, frames);
        let number = self.packs.len() as u32;
        self.packs.push(PackRow { id, length, table_offset });
        self.rows.extend(ids.iter().zip(0..).map(|(item_id, item)| ItemRow {
            key: item_id.prefix().sort_key(),
            pack: number,
            item,
        }));
        self.totals.packs.push(id);
        self.totals.bytes += length;
        let (store, key) = (self.objects.store.clone(), ObjectKey::Pack(self.objects.scope, id));
        self.uploads.spawn(async move {
            let copies = store.create(key, &parts).await?;
            Ok(copies * length as usize)
        });
        Ok(())
    }

    async fn join_upload(&mut self) -> Result<(), StoreError> {
        if let Some(upload) = self.uploads.join_next().await {
            let bytes = upload.expect("an upload neither panics nor is cancelled")?;
            self.totals.bytes_all_zones += bytes as u64;
        }
        Ok(())
    }

    /// Names the packs so far in a segment, once they are all in the store.
    async fn write_segment(&mut self) -> Result<(), StoreError> {
        self.seal().await?;
        while !self.uploads.is_empty() {
            self.join_upload().await?;
        }
        if self.packs.is_empty() {
            return Ok(());
        }
        let id = SegmentId(new_uuid(self.clock.now(), self.random.as_ref()));
        let packs = std::mem::take(&mut self.packs);
        let rows = std::mem::take(&mut self.rows);
        let bytes = Bytes::from(cpu(move || index::encode(id, &packs, rows)).await);
        let length = bytes.len() as u64;
        let key = ObjectKey::Index(self.objects.scope, id);
        let created = self.objects.store.create(key, &[bytes]).await;
        // A segment that found no room in the only zone is not there; else it may be.
        let zones = self.objects.store.zones.len();
        if zones > 1 || !matches!(created, Err(StoreError::NoSpace { .. })) {
            self.totals.segments.push(id);
        }
        let copies = created?;
        self.objects.index.add(id).await?;
        self.totals.bytes += length;
        self.totals.bytes_all_zones += copies as u64 * length;
        // What a segment names is found by it; what is still in frames is not.
        self.seen.clear();
        let open = self.blocks.items.iter().chain(&self.nodes.items);
        self.seen.extend(open.map(|item| item.id.prefix()));
        Ok(())
    }

    /// Deletes what was written, after a failure: unless a segment names it already, since then
    /// another commit may lean on it. What stays is found by the next garbage collection.
    pub(crate) async fn abandon(mut self) {
        // A put that was begun cannot be called back, so it is waited for.
        while self.uploads.join_next().await.is_some() {}
        if !self.totals.segments.is_empty() {
            return;
        }
        let Objects { store, scope, .. } = self.objects.as_ref();
        let packs = self.totals.packs.iter().map(|&id| ObjectKey::Pack(*scope, id));
        let keys: Vec<_> = packs.collect();
        if let Err(error) = store.delete(&keys).await {
            tracing::warn!(%error, objects = keys.len(), "left to garbage collection");
        }
    }
}
