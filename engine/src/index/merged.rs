//! Small segments merged in memory: one look-up in place of one for every snapshot since the last
//! join.

use std::{collections::HashSet, sync::Arc};

use super::Candidate;
use crate::{
    format::index::{Head, ItemRow, PackRow},
    ids::SegmentId,
};

/// Rows that are kept at most: 1 Mi, 16 MiB.
pub(super) const MAX_ROWS: u64 = 1 << 20;

/// The rows of some segments, by key.
#[derive(Debug, Default)]
pub(super) struct Merged {
    segments: HashSet<SegmentId>,
    packs: Vec<PackRow>,
    /// In order of their keys.
    rows: Vec<ItemRow>,
}

impl Merged {
    /// Merges segments, each with its rows.
    pub(super) fn new(segments: Vec<(Arc<Head>, Vec<ItemRow>)>) -> Self {
        let mut merged = Self::default();
        for (head, rows) in segments {
            let first = merged.packs.len() as u32;
            merged.segments.insert(head.id);
            merged.packs.extend_from_slice(&head.packs);
            merged
                .rows
                .extend(rows.into_iter().map(|row| ItemRow { pack: row.pack + first, ..row }));
        }
        merged.rows.sort_unstable();
        merged
    }

    /// Whether a segment's rows are in it.
    pub(super) fn has(&self, segment: SegmentId) -> bool {
        self.segments.contains(&segment)
    }

    /// Whether all its segments are among these.
    pub(super) fn is_within(&self, segments: &[Arc<Head>]) -> bool {
        self.segments.iter().all(|id| segments.iter().any(|head| head.id == *id))
    }

    /// Every place where an item with that key may be.
    pub(super) fn find(&self, key: u64) -> impl Iterator<Item = Candidate> {
        let start = self.rows.partition_point(|row| row.key < key);
        let found = self.rows[start..].iter().take_while(move |row| row.key == key);
        found.map(|row| Candidate { pack: self.packs[row.pack as usize], item: row.item })
    }
}
