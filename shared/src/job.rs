//! A job: work that takes time, and what became of it.

mod flat;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Disk, DiskId, GcReport, JobId, Name, Problem, Snapshot, SnapshotId, VerifyReport};

/// A job as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "flat::FlatJob")]
pub struct Job {
    /// The job's id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The disk that it works on.
    pub disk_id: Option<DiskId>,
    /// That disk's name.
    pub disk_name: Option<Name>,
    /// The snapshot that it makes or works on.
    pub snapshot_id: Option<SnapshotId>,
    /// That snapshot's name, once it has one.
    pub snapshot_name: Option<Name>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// How often it was begun; more than once after the server was stopped in the middle of it.
    pub attempts: u32,
    /// How it stands: `state` and what belongs to that state.
    #[serde(flatten)]
    pub status: JobStatus,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Takes a snapshot.
    CreateSnapshot,
    /// Reads every stored byte of a snapshot and checks it.
    VerifySnapshot,
    /// Writes a snapshot out as a plain image and attaches it as a disk.
    CreateDisk,
    /// Gives back the bytes that no snapshot needs.
    CollectGarbage,
}

/// How a job stands, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It is at work.
    Running,
    /// It was done.
    Done,
    /// It could not be done.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl JobState {
    /// The state as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobStatus {
    /// It waits for its turn.
    Queued,
    /// It is at work.
    Running {
        /// When this attempt began.
        started_at: Timestamp,
        /// How far it is.
        progress: JobProgress,
    },
    /// It was done.
    Done {
        /// When its last attempt began.
        started_at: Timestamp,
        /// When it ended.
        finished_at: Timestamp,
        /// What came of it.
        result: Box<JobResult>,
    },
    /// It could not be done; nothing of it remains.
    Failed {
        /// When its last attempt began; `null`: it never did.
        started_at: Option<Timestamp>,
        /// When it ended.
        finished_at: Timestamp,
        /// Why.
        problem: Problem,
    },
    /// It was stopped; nothing of it remains.
    Cancelled {
        /// When its last attempt began; `null`: it never did.
        started_at: Option<Timestamp>,
        /// When it ended.
        finished_at: Timestamp,
    },
}

impl JobStatus {
    /// The state alone.
    pub const fn state(&self) -> JobState {
        match self {
            Self::Queued => JobState::Queued,
            Self::Running { .. } => JobState::Running,
            Self::Done { .. } => JobState::Done,
            Self::Failed { .. } => JobState::Failed,
            Self::Cancelled { .. } => JobState::Cancelled,
        }
    }

    /// Whether it will not change any more.
    pub const fn is_final(&self) -> bool {
        match self.state() {
            JobState::Queued | JobState::Running => false,
            JobState::Done | JobState::Failed | JobState::Cancelled => true,
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobProgress {
    /// What it is doing now, in a few words.
    pub phase: String,
    /// Bytes of the disk that are behind.
    pub done_bytes: u64,
    /// Bytes of the disk in all; 0 while that is not known.
    pub total_bytes: u64,
    /// Bytes behind per second, over the last few seconds.
    pub rate_bytes_per_second: u64,
    /// Seconds that it will still take; `null` while that cannot be told.
    pub eta_seconds: Option<u64>,
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobResult {
    /// The snapshot that was taken.
    Snapshot(Snapshot),
    /// What reading a snapshot back found.
    Verify(VerifyReport),
    /// The disk that was made.
    Disk(Disk),
    /// What was given back.
    Gc(GcReport),
}
