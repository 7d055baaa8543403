//! Changing a disk: a managed one's size, and any one's tags and storage.

use shared::{Disk, DiskPatch};

use crate::{Access, engine::Engine, error::Error};

impl Engine {
    /// Changes what a patch says, and nothing else. A managed disk that grows goes on with zeros.
    pub async fn update_disk(&self, disk: &str, patch: DiskPatch) -> Result<Disk, Error> {
        let row = self.find_disk(disk).await?;
        let DiskPatch { size_bytes, tags, sku, snapshot_sku } = patch;
        self.check_snapshot_sku(&row.record.region, snapshot_sku.flatten())?;
        // A snapshot that begins has the disk's size of the moment that it holds the disk.
        let _hold = match size_bytes {
            Some(_) => Some(self.must_be_managed(&row.record)?.hold(Access::Exclusive).await?),
            None => None,
        };
        let id = row.record.disk_id.to_string();
        let least = self.find_disk(&id).await?.record.size_bytes;
        if let Some(size) = size_bytes.filter(|&size| size < least) {
            return Err(Error::Shrinks { size, least });
        }
        self.change_record(&row.record, |record| {
            record.size_bytes = size_bytes.unwrap_or(record.size_bytes);
            record.tags = tags.clone().unwrap_or_else(|| record.tags.clone());
            record.sku = sku.unwrap_or(record.sku);
            record.snapshot_sku = snapshot_sku.unwrap_or(record.snapshot_sku);
        })
        .await?;
        self.disk(&id).await
    }
}
