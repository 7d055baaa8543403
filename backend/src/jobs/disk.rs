//! Writing a snapshot out as a plain image, and attaching it.

use std::{path::PathBuf, sync::Arc};

use engine::{AttachRequest, Engine, Error, PartialFile};
use serde::{Deserialize, Serialize};
use shared::{Disk, DiskSource, JobResult, Name, ResourcePath, Sku, SnapshotId, Tags};

use super::watch::Watch;

/// An image that is to be written and attached.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WriteDisk {
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) snapshot_name: Name,
    pub(crate) file: PathBuf,
    pub(crate) group: Name,
    pub(crate) name: Name,
    pub(crate) sku: Sku,
    pub(crate) snapshot_sku: Option<Sku>,
    pub(crate) tags: Tags,
}

impl WriteDisk {
    pub(super) async fn prepare(&mut self, engine: &Engine) -> Result<Option<JobResult>, Error> {
        match engine.disk(&format!("{}/{}", self.group, self.name)).await {
            Ok(disk) if self.is_of(&disk) => {
                if let Err(error) = PartialFile::forget(&self.file) {
                    tracing::warn!(%error, file = %self.file.display(), "it keeps a second name");
                }
                Ok(Some(JobResult::Disk(disk)))
            }
            Ok(_) => Err(Error::DiskNameTaken(self.name.clone())),
            Err(Error::DiskNotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn is_of(&self, disk: &Disk) -> bool {
        matches!(&disk.source, DiskSource::Attached { path, .. } if self.file.as_os_str() == path.as_str())
    }

    pub(super) async fn run(&self, engine: &Engine, watch: Arc<Watch>) -> Result<JobResult, Error> {
        let request = AttachRequest {
            id: None,
            path: ResourcePath { group: self.group.clone(), name: self.name.clone() },
            image: self.file.clone(),
            sku: self.sku,
            snapshot_sku: self.snapshot_sku,
            tags: self.tags.clone(),
        };
        let snapshot = self.snapshot_id.to_string();
        Ok(JobResult::Disk(Box::pin(engine.write_out(&snapshot, request, watch)).await?))
    }
}
