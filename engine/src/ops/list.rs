//! Finding disks and snapshots by name or id, and telling what they are.

use shared::{Code, Disk, DiskSource, Pool, ResourcePath, Snapshot};

use crate::{
    catalog::{DiskRow, SnapshotRow},
    engine::Engine,
    error::Error,
    managed::blocking,
    manifest::RecordSource,
};

impl Engine {
    /// Every disk, by group and name.
    pub async fn disks(&self) -> Result<Vec<Disk>, Error> {
        let mut disks = Vec::new();
        for row in self.catalog.disks().await? {
            disks.push(self.shown(&row).await);
        }
        Ok(disks)
    }

    /// One disk, by `NAME`, `GROUP/NAME` or id.
    pub async fn disk(&self, text: &str) -> Result<Disk, Error> {
        Ok(self.shown(&self.find_disk(text).await?).await)
    }

    /// The snapshots of one disk, or of all, oldest first.
    ///
    /// A detached disk is found by its id, as long as it has any.
    pub async fn snapshots(&self, disk: Option<&str>) -> Result<Vec<Snapshot>, Error> {
        let rows = match disk {
            None => self.catalog.snapshots(None).await?,
            Some(text) => match (self.find_disk(text).await, text.parse()) {
                (Ok(row), _) => self.catalog.snapshots(Some(row.record.disk_id)).await?,
                (Err(gone @ Error::DiskNotFound(_)), Ok(id)) => {
                    let rows = self.catalog.snapshots(Some(id)).await?;
                    if rows.is_empty() {
                        return Err(gone);
                    }
                    rows
                }
                (Err(error), _) => return Err(error),
            },
        };
        Ok(rows.iter().map(SnapshotRow::snapshot).collect())
    }

    /// One snapshot with all its sizes, by `NAME`, `GROUP/NAME` or id.
    pub async fn snapshot(&self, text: &str) -> Result<Snapshot, Error> {
        let row = self.find_snapshot(text).await?;
        let mut snapshot = row.snapshot();
        match self.freeable_of(std::slice::from_ref(&row)).await {
            Ok(cost) => {
                snapshot.exclusive_bytes = Some(cost.exclusive_bytes);
                snapshot.freeable_bytes = Some(cost.freeable_bytes);
            }
            // What damage leaves unknown is left out; `verify` tells of the damage.
            Err(error) if error.code() == Code::Corrupt => {
                tracing::warn!(%error, "what deleting it returns is not known");
            }
            Err(error) => return Err(error),
        }
        Ok(snapshot)
    }

    /// One snapshot as it is listed: without the sizes that take work.
    pub async fn listed_snapshot(&self, text: &str) -> Result<Snapshot, Error> {
        Ok(self.find_snapshot(text).await?.snapshot())
    }

    pub(crate) async fn find_disk(&self, text: &str) -> Result<DiskRow, Error> {
        let by_id = match text.parse() {
            Ok(id) => self.catalog.disk(id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(row) => Some(row),
            None => self.catalog.disk_named(&text.parse::<ResourcePath>()?).await?,
        };
        found.ok_or_else(|| Error::DiskNotFound(text.to_owned()))
    }

    pub(crate) async fn find_snapshot(&self, text: &str) -> Result<SnapshotRow, Error> {
        let by_id = match text.parse() {
            Ok(id) => self.catalog.snapshot(id).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(row) => Some(row),
            None => self.catalog.snapshot_named(&text.parse::<ResourcePath>()?).await?,
        };
        found.ok_or_else(|| Error::SnapshotNotFound(text.to_owned()))
    }

    /// The pools that there are.
    pub fn pools(&self) -> Vec<Pool> {
        self.pools.keys().cloned().collect()
    }

    /// A disk as the API shows it.
    pub(crate) async fn shown(&self, row: &DiskRow) -> Disk {
        let record = &row.record;
        let source = match &record.source {
            RecordSource::Attached { path, format } => {
                DiskSource::Attached { path: path.clone(), format: *format }
            }
            RecordSource::Managed { origin } => {
                let managed = self.managed(record);
                let (origin, dirty) = (*origin, blocking(move || managed.dirty_bytes()).await);
                let dirty_bytes = match dirty {
                    Ok(bytes) => bytes,
                    // It is shown all the same: that is how people learn that it can be detached.
                    Err(error) => {
                        tracing::warn!(%error, disk = %record.name, "what was written is not known");
                        0
                    }
                };
                DiskSource::Managed { origin, dirty_bytes }
            }
        };
        Disk {
            id: record.disk_id,
            group: record.group.clone(),
            name: record.name.clone(),
            region: record.region.clone(),
            size_bytes: record.size_bytes,
            source,
            sku: record.sku,
            snapshot_sku: record.snapshot_sku,
            tags: record.tags.clone(),
            created_at: record.created_at,
            snapshot_count: row.snapshots,
            last_snapshot_at: row.last_snapshot_at,
            revision: row.revision,
        }
    }
}
