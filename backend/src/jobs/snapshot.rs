//! Taking a snapshot.

use std::sync::Arc;

use engine::{Changing, Engine, Error, SnapshotRequest};
use serde::{Deserialize, Serialize};
use shared::{DiskId, JobResult, Name, NewSnapshot, ResourcePath, SnapshotId};

use super::watch::Watch;

/// A snapshot that is to be taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TakeSnapshot {
    pub(crate) disk_id: DiskId,
    /// The disk's group, which is the snapshot's.
    #[serde(default = "ResourcePath::default_group")]
    pub(crate) group: Name,
    pub(crate) disk_name: Name,
    /// Of this attempt: what of an earlier one was dropped can never come to be under its id.
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) new: NewSnapshot,
}

impl TakeSnapshot {
    /// The request as the engine takes it.
    pub(crate) fn request(&self) -> SnapshotRequest {
        SnapshotRequest {
            id: Some(self.snapshot_id),
            disk: self.disk_id.to_string(),
            name: self.new.name.clone(),
            kind: self.new.kind,
            sku: self.new.sku,
            tags: self.new.tags.clone(),
            changing: if self.new.allow_changing { Changing::Allowed } else { Changing::Refused },
        }
    }

    pub(super) async fn prepare(&mut self, engine: &Engine) -> Result<Option<JobResult>, Error> {
        match engine.listed_snapshot(&self.snapshot_id.to_string()).await {
            Ok(snapshot) => Ok(Some(JobResult::Snapshot(snapshot))),
            Err(Error::SnapshotNotFound(_)) => {
                self.snapshot_id = SnapshotId::from_uuid(engine.new_uuid());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn run(&self, engine: &Engine, watch: Arc<Watch>) -> Result<JobResult, Error> {
        let created = Box::pin(engine.create_snapshot(self.request(), watch)).await?;
        Ok(JobResult::Snapshot(created.snapshot))
    }
}
