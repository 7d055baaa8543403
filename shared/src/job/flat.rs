//! A job as it lies on the wire: all fields of all states side by side.
//!
//! Serde could read the nested form by itself, at a price: it keeps whatever may belong to the
//! state in a form of its own first, and everything a job can hold, disks and snapshots too, is
//! then compiled a second time to be read from that.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Job, JobKind, JobProgress, JobResult, JobState, JobStatus};
use crate::{DiskId, JobId, Name, Problem, SnapshotId};

#[derive(Deserialize)]
pub(super) struct FlatJob {
    id: JobId,
    kind: JobKind,
    disk_id: Option<DiskId>,
    disk_name: Option<Name>,
    snapshot_id: Option<SnapshotId>,
    snapshot_name: Option<Name>,
    #[serde(deserialize_with = "crate::moment::read")]
    created_at: Timestamp,
    attempts: u32,
    state: JobState,
    #[serde(default, deserialize_with = "crate::moment::read_or_null")]
    started_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "crate::moment::read_or_null")]
    finished_at: Option<Timestamp>,
    progress: Option<JobProgress>,
    result: Option<Box<JobResult>>,
    problem: Option<Problem>,
}

/// A field that the job's state asks for is not there.
#[derive(Debug, thiserror::Error)]
#[error("a job that is {} has no `{field}`", state.as_str())]
pub(super) struct MissingField {
    state: JobState,
    field: &'static str,
}

impl TryFrom<FlatJob> for Job {
    type Error = MissingField;

    fn try_from(flat: FlatJob) -> Result<Self, Self::Error> {
        let FlatJob { state, started_at, finished_at, .. } = flat;
        let missing = |field| MissingField { state, field };
        let started = || started_at.ok_or(missing("started_at"));
        let finished = || finished_at.ok_or(missing("finished_at"));
        let status = match state {
            JobState::Queued => JobStatus::Queued,
            JobState::Running => JobStatus::Running {
                started_at: started()?,
                progress: flat.progress.ok_or(missing("progress"))?,
            },
            JobState::Done => JobStatus::Done {
                started_at: started()?,
                finished_at: finished()?,
                result: flat.result.ok_or(missing("result"))?,
            },
            JobState::Failed => JobStatus::Failed {
                started_at,
                finished_at: finished()?,
                problem: flat.problem.ok_or(missing("problem"))?,
            },
            JobState::Cancelled => JobStatus::Cancelled { started_at, finished_at: finished()? },
        };
        Ok(Self {
            id: flat.id,
            kind: flat.kind,
            disk_id: flat.disk_id,
            disk_name: flat.disk_name,
            snapshot_id: flat.snapshot_id,
            snapshot_name: flat.snapshot_name,
            created_at: flat.created_at,
            attempts: flat.attempts,
            status,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(status: JobStatus) -> Job {
        Job {
            id: "0190a000-0000-7000-8000-000000000001".parse().unwrap(),
            kind: JobKind::CollectGarbage,
            disk_id: None,
            disk_name: Some("web".parse().unwrap()),
            snapshot_id: None,
            snapshot_name: None,
            created_at: Timestamp::UNIX_EPOCH,
            attempts: 1,
            status,
        }
    }

    #[test]
    fn a_job_in_any_state_is_read_as_it_was_written() {
        let at = Timestamp::UNIX_EPOCH;
        let progress = JobProgress {
            phase: "scanning".to_owned(),
            done_bytes: 1,
            total_bytes: 2,
            rate_bytes_per_second: 3,
            eta_seconds: None,
        };
        let detail = "It is broken.".to_owned();
        let problem = Problem { code: crate::Code::Corrupt, detail, help: None };
        for status in [
            JobStatus::Queued,
            JobStatus::Running { started_at: at, progress },
            JobStatus::Failed { started_at: None, finished_at: at, problem },
            JobStatus::Cancelled { started_at: Some(at), finished_at: at },
        ] {
            let written = job(status);
            let text = serde_json::to_string(&written).unwrap();
            assert_eq!(serde_json::from_str::<Job>(&text).unwrap(), written, "{text}");
        }
    }

    #[test]
    fn a_state_without_what_belongs_to_it_is_refused() {
        let mut value = serde_json::to_value(job(JobStatus::Queued)).unwrap();
        value["state"] = "done".into();
        let error = serde_json::from_value::<Job>(value).unwrap_err();
        assert_eq!(error.to_string(), "a job that is done has no `started_at`");
    }
}
