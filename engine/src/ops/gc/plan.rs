//! What a garbage collection would do, to the byte; nothing is touched.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use shared::SnapshotId;

use super::super::mark::Marks;
use crate::{
    commit::sink::{PACK_BYTES, SEGMENT_ROWS},
    error::Error,
    format::{
        index,
        index::PackRow,
        pack::{self, Directory},
    },
    ids::{PackId, SegmentId},
    objects::Objects,
    store::{ObjectKey, PoolStore, Scope},
};

/// Segments that may stand side by side before a collection joins them.
const MAX_SEGMENTS: usize = 8;

/// What there is in a pool.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Length of all objects, one copy.
    pub(crate) bytes: u64,
    /// The packs that the index names, which are there.
    packs: Vec<(PackRow, Arc<Directory>)>,
    /// Packs that no segment names: left by a crash.
    orphans: Vec<PackId>,
    /// Packs that the index names and that are there, but whose directory could not be read.
    pub(crate) damaged: Vec<PackId>,
    /// Rows of packs that are not there any more.
    stale_rows: bool,
    pub(crate) segments: Vec<SegmentId>,
    segment_bytes: u64,
    manifests: BTreeMap<SnapshotId, u64>,
    tombstones: BTreeMap<SnapshotId, u64>,
    /// Objects below the prefixes of full snapshots.
    full: BTreeMap<SnapshotId, Vec<(ObjectKey, u64)>>,
    /// Everything that a collection leaves alone.
    other_bytes: u64,
}

/// The snapshots whose objects stay.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live {
    /// Those that the catalog has.
    pub(crate) ready: BTreeSet<SnapshotId>,
    /// Those that are deleted, and that somebody still reads: their tombstones stay too.
    pub(crate) read: BTreeSet<SnapshotId>,
}

impl Live {
    fn has(&self, id: &SnapshotId) -> bool {
        self.ready.contains(id) || self.read.contains(id)
    }
}

/// What a garbage collection would do in a pool.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The snapshots that it was made for.
    pub(crate) live: Live,
    /// Packs of which nothing is needed.
    pub(crate) dead: Vec<PackId>,
    /// Packs of which something is, with the frames that are.
    pub(crate) rewritten: Vec<(Arc<Directory>, Vec<u32>)>,
    /// Packs that stay as they are.
    pub(crate) kept: Vec<(PackRow, Arc<Directory>)>,
    /// Whether the index is written anew.
    pub(crate) reindex: bool,
    /// Manifests of deleted snapshots, their tombstones, and what is left of full ones.
    pub(crate) objects: Vec<ObjectKey>,
    pub(crate) rewritten_bytes: u64,
    /// What the live frames cost: see [`Directory::entry_bytes`].
    pub(crate) live_bytes: u64,
    /// Length of all objects after it, one copy.
    pub(crate) bytes_after: u64,
}

impl Stored {
    pub(crate) async fn read(store: &PoolStore, objects: &Objects) -> Result<Self, Error> {
        let packs = Self::read_packs(objects).await?;
        let segments = objects.index.segments();
        let indexed: BTreeSet<PackId> =
            segments.iter().flat_map(|segment| &segment.packs).map(|row| row.id).collect();
        let mut stored = Self {
            bytes: 0,
            packs: Vec::new(),
            orphans: Vec::new(),
            damaged: Vec::new(),
            stale_rows: false,
            segments: Vec::new(),
            segment_bytes: 0,
            manifests: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            full: BTreeMap::new(),
            other_bytes: 0,
        };
        let mut there = BTreeSet::new();
        for object in store.list(None).await? {
            stored.bytes += object.size;
            match object.key {
                ObjectKey::Pack(Scope::Full(id), _) | ObjectKey::Index(Scope::Full(id), _) => {
                    stored.full.entry(id).or_default().push((object.key, object.size));
                }
                ObjectKey::Pack(Scope::Shared, id) => {
                    there.insert(id);
                    if !indexed.contains(&id) {
                        stored.orphans.push(id);
                    }
                }
                ObjectKey::Index(Scope::Shared, id) => {
                    stored.segments.push(id);
                    stored.segment_bytes += object.size;
                }
                ObjectKey::Manifest(id) => {
                    stored.manifests.insert(id, object.size);
                }
                ObjectKey::Tombstone(id) => {
                    stored.tombstones.insert(id, object.size);
                }
                ObjectKey::Zone | ObjectKey::DiskRecord(..) => stored.other_bytes += object.size,
            }
        }
        stored.stale_rows = !indexed.is_subset(&there);
        stored.packs = packs.into_iter().filter(|(row, _)| there.contains(&row.id)).collect();
        let readable: BTreeSet<PackId> = stored.packs.iter().map(|(row, _)| row.id).collect();
        let damaged = indexed.into_iter().filter(|id| there.contains(id) && !readable.contains(id));
        stored.damaged = damaged.collect();
        Ok(stored)
    }

    /// Snapshots that are in the store, not deleted, and not among those that are known.
    pub(crate) fn unknown(&self, live: &Live) -> Vec<SnapshotId> {
        let known = |id: &SnapshotId| live.has(id) || self.tombstones.contains_key(id);
        self.manifests.keys().filter(|id| !known(id)).copied().collect()
    }

    /// The packs that a scope's index names, each once, with their directories. A pack that is
    /// gone or damaged is left out: what needs it does not find it, and that is an error there.
    pub(crate) async fn read_packs(
        objects: &Objects,
    ) -> Result<Vec<(PackRow, Arc<Directory>)>, Error> {
        let mut packs = BTreeMap::new();
        for row in objects.index.segments().iter().flat_map(|segment| &segment.packs) {
            packs.insert(row.id, *row);
        }
        let mut found = Vec::new();
        for row in packs.into_values() {
            match objects.directory(row).await {
                Ok(directory) => found.push((row, directory)),
                Err(error) if error.is_damage() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
    }
}

impl Plan {
    /// Drops all that is neither marked nor of a live snapshot.
    pub(crate) fn new(stored: &Stored, marks: &Marks, live: Live) -> Self {
        let mut plan = Self {
            live,
            dead: [stored.orphans.as_slice(), &stored.damaged].concat(),
            rewritten: Vec::new(),
            kept: Vec::new(),
            reindex: false,
            objects: Vec::new(),
            rewritten_bytes: 0,
            live_bytes: 0,
            bytes_after: stored.other_bytes,
        };
        for (row, directory) in &stored.packs {
            let frames = 0..directory.frames.len();
            let live: Vec<u32> = frames
                .filter(|&frame| marks.is_live(directory, frame))
                .map(|frame| frame as u32)
                .collect();
            let live_bytes = live.iter().map(|&frame| directory.entry_bytes(frame as usize));
            plan.live_bytes += live_bytes.sum::<u64>();
            if live.is_empty() {
                plan.dead.push(row.id);
            } else if live.len() < directory.frames.len() {
                plan.rewritten.push((Arc::clone(directory), live));
            } else {
                plan.kept.push((*row, Arc::clone(directory)));
                plan.bytes_after += row.length;
            }
        }
        let indexed_dead = plan.dead.len() > stored.orphans.len();
        plan.reindex = indexed_dead
            || !plan.rewritten.is_empty()
            || stored.stale_rows
            || stored.segments.len() > MAX_SEGMENTS;
        plan.measure(stored);
        plan.drop_objects(stored);
        plan
    }

    /// How long the new packs and segments are.
    fn measure(&mut self, stored: &Stored) {
        let (mut packs, mut items) = (0_u64, 0_u64);
        let mut open = 0;
        for (directory, frames) in &self.rewritten {
            for &frame in frames {
                let (first, last) = directory.frames[frame as usize].items;
                items += u64::from(last - first);
                self.rewritten_bytes += directory.pack_bytes(frame as usize);
                open += directory.entry_bytes(frame as usize);
                if open >= PACK_BYTES {
                    packs += 1;
                    open = 0;
                }
            }
        }
        packs += u64::from(open > 0);
        self.rewritten_bytes += packs * (pack::HEADER + pack::TRAILER) as u64;
        self.bytes_after += self.rewritten_bytes;
        if !self.reindex {
            self.bytes_after += stored.segment_bytes;
            return;
        }
        if packs > 0 {
            self.bytes_after += index::length(packs, items);
        }
        let length = |segment: &[(PackRow, Arc<Directory>)]| {
            let items = segment.iter().map(|(_, directory)| directory.items.len() as u64).sum();
            index::length(segment.len() as u64, items)
        };
        let lengths: u64 = self.segments().into_iter().map(length).sum();
        self.bytes_after += lengths;
    }

    /// The kept packs, dealt out to the segments that will name them.
    pub(crate) fn segments(&self) -> Vec<&[(PackRow, Arc<Directory>)]> {
        let mut segments = Vec::new();
        let (mut start, mut rows) = (0, 0);
        for (at, (_, directory)) in self.kept.iter().enumerate() {
            rows += directory.items.len();
            if rows >= SEGMENT_ROWS {
                segments.push(&self.kept[start..=at]);
                (start, rows) = (at + 1, 0);
            }
        }
        if start < self.kept.len() {
            segments.push(&self.kept[start..]);
        }
        segments
    }

    fn drop_objects(&mut self, stored: &Stored) {
        for (&id, &size) in &stored.manifests {
            if self.live.has(&id) {
                self.bytes_after += size;
            } else {
                self.objects.push(ObjectKey::Manifest(id));
            }
        }
        for (id, objects) in &stored.full {
            if self.live.has(id) {
                self.bytes_after += objects.iter().map(|(_, size)| size).sum::<u64>();
            } else {
                self.objects.extend(objects.iter().map(|(key, _)| *key));
            }
        }
        // Last: a manifest must not outlive its tombstone, as that of one that is still read.
        for (&id, &size) in &stored.tombstones {
            if self.live.read.contains(&id) {
                self.bytes_after += size;
            } else {
                self.objects.push(ObjectKey::Tombstone(id));
            }
        }
    }
}
