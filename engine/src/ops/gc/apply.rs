//! Carries a plan out, in an order that a crash may stop anywhere.
//!
//! 1. Packs of which nothing is needed go, so that a full store has room for the rest.
//! 2. Live frames are written into new packs, byte for byte, and named by a segment.
//! 3. New segments name the packs that stay; then the old segments go, then the old packs.
//! 4. Manifests of deleted snapshots go, then their tombstones.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Pace,
    plan::{Plan, Stored},
};
use crate::{
    commit::sink::Sink,
    engine::Engine,
    error::Error,
    format::{
        FormatError, frame,
        index::{self, ItemRow},
        pack::{Directory, ItemKind, NewFrame, NewItem},
    },
    hash::checksum,
    ids::{SegmentId, new_uuid},
    objects::Objects,
    store::{ObjectKey, PoolStore, Scope, StoreError},
};

impl Engine {
    pub(super) async fn apply(
        &self,
        store: &PoolStore,
        stored: &Stored,
        plan: &Plan,
        pace: &Pace<'_>,
    ) -> Result<(), Error> {
        pace.at(0)?;
        let pack = |&id: &_| ObjectKey::Pack(Scope::Shared, id);
        store.delete(&plan.dead.iter().map(pack).collect::<Vec<_>>()).await?;
        if plan.reindex {
            let objects = self.objects_anew(&store.pool, Scope::Shared).await?;
            let (clock, random) =
                (Arc::clone(&self.options.clock), Arc::clone(&self.options.random));
            let mut sink = Sink::new(&objects, clock, random);
            if let Err(error) = move_frames(&objects, plan, &mut sink, pace).await {
                sink.abandon().await;
                return Err(error);
            }
            for segment in plan.segments() {
                let id =
                    SegmentId(new_uuid(self.options.clock.now(), self.options.random.as_ref()));
                let packs: Vec<_> = segment.iter().map(|(row, _)| *row).collect();
                let rows = segment.iter().zip(0..).flat_map(|((_, directory), pack)| {
                    directory.items.iter().zip(0..).map(move |(item, number)| ItemRow {
                        key: item.id.prefix().sort_key(),
                        pack,
                        item: number,
                    })
                });
                let bytes = index::encode(id, &packs, rows.collect());
                store.create(ObjectKey::Index(Scope::Shared, id), &[bytes.into()]).await?;
            }
            let old = stored.segments.iter().map(|&id| ObjectKey::Index(Scope::Shared, id));
            store.delete(&old.collect::<Vec<_>>()).await?;
            if let Some(kept) = self.open.kept(&store.pool) {
                kept.index.reload().await?;
            }
            let old = plan.rewritten.iter().map(|(directory, _)| pack(&directory.pack));
            store.delete(&old.collect::<Vec<_>>()).await?;
        }
        let is_tombstone = |key: &&ObjectKey| matches!(key, ObjectKey::Tombstone(_));
        let (last, first): (Vec<_>, Vec<_>) = plan.objects.iter().partition(is_tombstone);
        store.delete(&first).await?;
        store.delete(&last).await?;
        Ok(())
    }
}

/// Writes the live frames of packs that are partly dead into new ones.
async fn move_frames(
    objects: &Objects,
    plan: &Plan,
    sink: &mut Sink,
    pace: &Pace<'_>,
) -> Result<(), Error> {
    let mut moved = 0;
    for (directory, frames) in &plan.rewritten {
        let values = read_outboards(objects, directory).await?;
        for &number in frames {
            let row = &directory.frames[number as usize];
            let range = row.offset..row.offset + u64::from(row.length);
            let key = ObjectKey::Pack(objects.scope, directory.pack);
            let decode = |bytes: Bytes| frame::decode(&bytes).map(|_| bytes);
            let bytes = objects.store.read(key, Some(range), decode).await?;
            moved += u64::from(row.length);
            let items = &directory.items[row.items.0 as usize..row.items.1 as usize];
            let items = items.iter().map(|item| {
                let first = match item.kind {
                    ItemKind::Chunk { first_value, .. } => first_value as usize,
                    ItemKind::Node { .. } => 0,
                };
                let count = item.kind.values();
                let values = values[first..first + count].to_vec();
                NewItem {
                    id: item.id,
                    depth: item.depth,
                    base: item.base,
                    owners: item.owners.clone(),
                    kind: item.kind,
                    values,
                }
            });
            let (kind, plain_length) = (row.kind, row.plain_length);
            sink.push_frame(NewFrame { kind, plain_length, bytes, items: items.collect() }).await?;
        }
        pace.at(moved)?;
    }
    sink.finish().await?;
    Ok(())
}

/// All chaining values of a pack, checked.
async fn read_outboards(
    objects: &Objects,
    directory: &Directory,
) -> Result<Vec<[u8; 32]>, StoreError> {
    let range = directory.outboards_offset..directory.table_offset;
    if range.is_empty() {
        return Ok(Vec::new());
    }
    let key = ObjectKey::Pack(objects.scope, directory.pack);
    let decode = |bytes: Bytes| {
        if checksum(&[&bytes]) == directory.outboards_checksum {
            Ok(bytes.as_chunks::<32>().0.to_vec())
        } else {
            Err(FormatError::Checksum { what: "the pack's chaining values" })
        }
    };
    objects.store.read(key, Some(range), decode).await
}
