//! Finding a disk's family, attached or not.

use std::sync::Arc;

use crate::{engine::Engine, error::Error, family::Family};

impl Engine {
    /// The family of a disk; one that was detached is found by its id.
    pub(crate) async fn family(&self, disk: &str) -> Result<Arc<Family>, Error> {
        let row = match (self.find_disk(disk).await, disk.parse()) {
            (Ok(row), _) => row,
            (Err(Error::DiskNotFound(text)), Ok(id)) => {
                let rows = self.catalog.snapshots(Some(id)).await?;
                return Family::detached(id, rows).ok_or(Error::DiskNotFound(text));
            }
            (Err(error), _) => return Err(error),
        };
        let disk_id = row.record.disk_id;
        let key = (disk_id, row.revision);
        if let Some(family) = self.insight.families.get(&key) {
            return Ok(family);
        }
        let rows = self.catalog.snapshots(Some(disk_id)).await?;
        let (size, revision) = (row.record.size_bytes, row.revision);
        let family = Arc::new(Family { disk_id, revision, size, rows });
        // A manifest with its names and tags takes about a kilobyte.
        self.insight.families.insert(key, Arc::clone(&family), (family.rows.len() + 1) << 10);
        Ok(family)
    }
}
