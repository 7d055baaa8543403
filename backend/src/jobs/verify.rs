//! Reading a snapshot back.

use std::sync::Arc;

use engine::{Engine, Error};
use serde::{Deserialize, Serialize};
use shared::{DiskId, JobResult, Name, SnapshotId};

use super::watch::Watch;

/// A snapshot that is to be checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VerifySnapshot {
    pub(crate) disk_id: DiskId,
    pub(crate) disk_name: Name,
    pub(crate) snapshot_id: SnapshotId,
    pub(crate) snapshot_name: Name,
}

impl VerifySnapshot {
    pub(super) async fn run(&self, engine: &Engine, watch: Arc<Watch>) -> Result<JobResult, Error> {
        let report = Box::pin(engine.verify(&self.snapshot_id.to_string(), watch)).await?;
        Ok(JobResult::Verify(report))
    }
}
