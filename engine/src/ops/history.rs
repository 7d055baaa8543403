//! Which snapshots found a range of a disk changed, exact to blocks.

use std::ops::Range;

use shared::{BLOCK_BYTES, BLOCKS_PER_CHUNK, RangeChange, RangeHistory, SnapshotId};

use crate::{block_map::BlockMap, engine::Engine, error::Error, family::Family, tree::RowMaps};

impl Engine {
    /// What each snapshot after `from` up to `to` found changed in a range of bytes, against the
    /// one before it; the disk's first against nothing. The range ends where the disk did when it
    /// was largest. A block that the range touches counts whole.
    pub async fn changes(
        &self,
        disk: &str,
        range: Range<u64>,
        from: Option<SnapshotId>,
        to: Option<SnapshotId>,
    ) -> Result<RangeHistory, Error> {
        let family = self.family(disk).await?;
        let span = family.span(from, to)?;
        let sizes = family.rows[span.clone()].iter().map(|row| row.manifest.size_bytes);
        let size = sizes.fold(family.size, Ord::max).bytes();
        let range = range.start..range.end.min(size).max(range.start);
        let blocks = range.start / BLOCK_BYTES..range.end.div_ceil(BLOCK_BYTES);
        let mut items = Vec::new();
        for at in span.clone() {
            let (changed, cleared) = self.found(&family, at, &blocks).await?;
            if changed + cleared > 0 {
                let manifest = &family.rows[at].manifest;
                items.push(RangeChange {
                    snapshot_id: manifest.snapshot_id,
                    name: manifest.name.clone(),
                    created_at: manifest.created_at,
                    changed_bytes: changed * BLOCK_BYTES,
                    cleared_bytes: cleared * BLOCK_BYTES,
                });
            }
        }
        Ok(RangeHistory {
            offset_bytes: range.start,
            length_bytes: range.end - range.start,
            snapshot_count: span.len() as u64,
            items,
        })
    }

    /// How many blocks a snapshot found changed, and how many cleared.
    async fn found(
        &self,
        family: &Family,
        at: usize,
        blocks: &Range<u64>,
    ) -> Result<(u64, u64), Error> {
        let chunks = blocks.start / BLOCKS_PER_CHUNK..blocks.end.div_ceil(BLOCKS_PER_CHUNK);
        let (mut changed, mut cleared) = (0, 0);
        let mut count = |chunk, maps: RowMaps| {
            let inside = inside(chunk, blocks);
            changed += (maps.changed & inside).len() as u64;
            cleared += (maps.cleared & inside).len() as u64;
        };
        let row = &family.rows[at];
        if let Some(before) = at.checked_sub(1) {
            let changes = self.changes_between(&family.rows[before], row, &chunks).await?;
            changes.chunks().for_each(|chunk| count(chunk.index.0, chunk.maps));
        } else {
            let view = self.view(row).await?;
            let all = |changed| RowMaps { changed, ..RowMaps::default() };
            self.blocks_in(&view, &chunks, |chunk, blocks| count(chunk, all(blocks))).await?;
        }
        Ok((changed, cleared))
    }
}

/// The blocks of a chunk that lie in a range of blocks.
fn inside(chunk: u64, blocks: &Range<u64>) -> BlockMap {
    let first = chunk * BLOCKS_PER_CHUNK;
    let place = |block: u64| block.saturating_sub(first).min(BLOCKS_PER_CHUNK);
    let below = |end: u64| BlockMap(u64::MAX.checked_shr((64 - end) as u32).unwrap_or(0));
    below(place(blocks.end)) - below(place(blocks.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_cuts_chunks_at_both_ends() {
        assert_eq!(inside(1, &(0..1000)), BlockMap::ALL);
        assert_eq!(inside(1, &(66..67)), BlockMap(0b100));
        assert_eq!(inside(1, &(0..65)), BlockMap(1));
        assert_eq!(inside(1, &(127..500)), BlockMap(1 << 63));
        assert_eq!(inside(1, &(0..64)), BlockMap::EMPTY);
        assert_eq!(inside(1, &(128..500)), BlockMap::EMPTY);
    }
}
