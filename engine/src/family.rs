//! A disk and its snapshots in order of time, and spans of them.

use std::{ops::Range, sync::Arc};

use shared::{ByteSize, DiskId, SnapshotId};

use crate::{catalog::SnapshotRow, error::Error};

/// A disk's snapshots, incremental and full ones, oldest first.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) disk_id: DiskId,
    pub(crate) revision: u64,
    /// The disk's size; of a detached one, its newest snapshot's.
    pub(crate) size: ByteSize,
    pub(crate) rows: Vec<SnapshotRow>,
}

impl Family {
    /// The family of a disk that is no more; its revision is a name of the snapshots left of it,
    /// short enough to be exact in every JSON.
    pub(crate) fn detached(disk_id: DiskId, rows: Vec<SnapshotRow>) -> Option<Arc<Self>> {
        let size = rows.last()?.manifest.size_bytes;
        let ids: String = rows.iter().map(|row| row.manifest.snapshot_id.to_string()).collect();
        let name = crate::hash::checksum(&[ids.as_bytes()]);
        let revision = name[..6].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
        Some(Arc::new(Self { disk_id, revision, size, rows }))
    }

    /// The snapshots after `from` up to `to`; left out: from the first, to the newest.
    pub(crate) fn span(
        &self,
        from: Option<SnapshotId>,
        to: Option<SnapshotId>,
    ) -> Result<Range<usize>, Error> {
        let after = |id: SnapshotId| {
            let found = self.rows.iter().position(|row| row.manifest.snapshot_id == id);
            found.map(|at| at + 1).ok_or_else(|| Error::SnapshotNotFound(id.to_string()))
        };
        let start = from.map_or(Ok(0), after)?;
        let end = to.map_or(Ok(self.rows.len()), after)?;
        if start <= end {
            return Ok(start..end);
        }
        let name = |at: usize| &self.rows[at - 1].manifest.name;
        Err(Error::Request(format!(
            "{} is newer than {}: a span goes from the older one to the newer",
            name(start),
            name(end)
        )))
    }
}
