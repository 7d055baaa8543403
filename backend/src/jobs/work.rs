//! What a job was asked, as it is kept: enough to begin it again.

use std::{path::Path, sync::Arc};

use engine::{Engine, Error};
use serde::{Deserialize, Serialize};
use shared::{DiskId, JobKind, JobResult, Name, ResourcePath, SnapshotId};

use super::{
    disk::WriteDisk, gc::CollectGarbage, snapshot::TakeSnapshot, verify::VerifySnapshot,
    watch::Watch,
};

/// What a job was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Work {
    CreateSnapshot(TakeSnapshot),
    VerifySnapshot(VerifySnapshot),
    CreateDisk(WriteDisk),
    CollectGarbage(CollectGarbage),
}

/// A job's request, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(flatten)]
    pub(super) work: Work,
    /// How often the server did not survive it.
    #[serde(default)]
    pub(super) crashes: u32,
}

impl Request {
    pub(super) const fn new(work: Work) -> Self {
        Self { work, crashes: 0 }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("what a job was asked has no failing parts")
    }
}

impl Work {
    pub(super) const fn kind(&self) -> JobKind {
        match self {
            Self::CreateSnapshot(_) => JobKind::CreateSnapshot,
            Self::VerifySnapshot(_) => JobKind::VerifySnapshot,
            Self::CreateDisk(_) => JobKind::CreateDisk,
            Self::CollectGarbage(_) => JobKind::CollectGarbage,
        }
    }

    /// What it does for as long as there are bytes to go.
    pub(super) const fn phase(&self) -> &'static str {
        match self {
            Self::CreateSnapshot(_) => "reading the disk",
            Self::VerifySnapshot(_) => "reading back",
            Self::CreateDisk(_) => "writing the image",
            Self::CollectGarbage(_) => "collecting",
        }
    }

    /// The disk that it works on, and its name.
    pub(super) const fn disk(&self) -> Option<(DiskId, &Name)> {
        match self {
            Self::CreateSnapshot(work) => Some((work.disk_id, &work.disk_name)),
            Self::VerifySnapshot(work) => Some((work.disk_id, &work.disk_name)),
            Self::CreateDisk(_) | Self::CollectGarbage(_) => None,
        }
    }

    /// The snapshot that it makes or works on, and its name if it has one.
    pub(super) const fn snapshot(&self) -> Option<(SnapshotId, Option<&Name>)> {
        match self {
            Self::CreateSnapshot(work) => Some((work.snapshot_id, work.new.name.as_ref())),
            Self::VerifySnapshot(work) => Some((work.snapshot_id, Some(&work.snapshot_name))),
            Self::CreateDisk(work) => Some((work.snapshot_id, Some(&work.snapshot_name))),
            Self::CollectGarbage(_) => None,
        }
    }

    /// Whether it makes a snapshot of that name.
    pub(crate) fn will_name_snapshot(&self, group: &Name, name: &Name) -> bool {
        matches!(self, Self::CreateSnapshot(work)
            if work.group == *group && work.new.name.as_ref() == Some(name))
    }

    /// Whether it makes a disk of that name.
    pub(crate) fn will_name_disk(&self, path: &ResourcePath) -> bool {
        matches!(self, Self::CreateDisk(work) if work.group == path.group && work.name == path.name)
    }

    /// Whether it makes that file.
    pub(crate) fn will_make(&self, file: &Path) -> bool {
        matches!(self, Self::CreateDisk(work) if work.file == file)
    }

    /// The disk of which it must be the only job at work.
    pub(super) const fn alone_on(&self) -> Option<DiskId> {
        match self {
            Self::CreateSnapshot(work) => Some(work.disk_id),
            Self::VerifySnapshot(_) | Self::CreateDisk(_) | Self::CollectGarbage(_) => None,
        }
    }

    /// What an earlier attempt that was broken off has done after all; if nothing, what the next
    /// attempt needs is made ready, to be kept before it begins.
    pub(super) async fn prepare(
        &mut self,
        engine: &Engine,
        attempt: u32,
    ) -> Result<Option<JobResult>, Error> {
        if attempt == 1 {
            return Ok(None);
        }
        match self {
            Self::CreateSnapshot(work) => work.prepare(engine).await,
            Self::CreateDisk(work) => work.prepare(engine).await,
            Self::VerifySnapshot(_) | Self::CollectGarbage(_) => Ok(None),
        }
    }

    pub(super) async fn run(&self, engine: &Engine, watch: Arc<Watch>) -> Result<JobResult, Error> {
        match self {
            Self::CreateSnapshot(work) => work.run(engine, watch).await,
            Self::VerifySnapshot(work) => work.run(engine, watch).await,
            Self::CreateDisk(work) => work.run(engine, watch).await,
            Self::CollectGarbage(work) => work.run(engine, watch).await,
        }
    }
}
