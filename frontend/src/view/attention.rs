//! What needs somebody's attention, worst first.

use jiff::Timestamp;
use shared::{Disk, DiskId, Job, JobId, JobKind, JobResult, JobStatus, SnapshotId};

use super::{bytes, job, time, upload};

/// A disk whose newest snapshot is older than this is shown as one without a recent snapshot.
pub const RECENT_SECONDS: i64 = 24 * 3600;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Whether something is broken, and not only late.
    pub broken: bool,
    /// What is the matter.
    pub words: String,
    /// Why, where that is known.
    pub cause: Option<String>,
    /// What to do about it.
    pub action: Action,
}

/// What to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Take a snapshot of the disk.
    Snapshot(DiskId),
    /// See what became of the job.
    SeeJob(JobId),
    /// Look through the disks.
    SeeDisks,
}

/// Whether a disk has a snapshot that is young enough.
pub fn is_recent(disk: &Disk, now: Timestamp) -> bool {
    let age = |at: Timestamp| now.as_second() - at.as_second();
    disk.last_snapshot_at.is_some_and(|at| age(at) <= RECENT_SECONDS)
}

/// Whether a job ended, or was asked for, in the last day.
pub fn is_of_today(job: &Job, now: Timestamp) -> bool {
    now.as_second() - job.created_at.as_second() <= RECENT_SECONDS
}

/// All that needs attention: broken things first, then late ones. A failure that a later success
/// of the same kind on the same disk made good is not told any more.
pub fn list(disks: &[Disk], jobs: &[Job], now: Timestamp) -> Vec<Attention> {
    let mut found = Vec::new();
    for failed in jobs.iter().filter(|job| is_of_today(job, now)) {
        let Some((words, cause)) = trouble(failed) else { continue };
        let made_good = jobs.iter().any(|later| {
            later.id > failed.id
                && subject(later) == subject(failed)
                && matches!(later.status, JobStatus::Done { .. })
        });
        if !made_good {
            let action = Action::SeeJob(failed.id);
            found.push(Attention { broken: true, words, cause, action });
        }
    }
    for disk in disks.iter().filter(|disk| upload::is_unfinished(disk)) {
        let words = format!("The upload of {} is not finished", disk.name);
        found.push(Attention { broken: true, words, cause: None, action: Action::SeeDisks });
    }
    let late = |disk: &&Disk| !is_recent(disk, now) && !upload::is_unfinished(disk);
    for disk in disks.iter().filter(late) {
        let words = match disk.last_snapshot_at {
            None => format!("{} has no snapshot yet", disk.name),
            Some(at) => format!("The last snapshot of {} was {}", disk.name, time::ago(at, now)),
        };
        let action = Action::Snapshot(disk.id);
        found.push(Attention { broken: false, words, cause: None, action });
    }
    found
}

/// What is the matter with a job, and why.
fn trouble(of: &Job) -> Option<(String, Option<String>)> {
    match &of.status {
        JobStatus::Failed { problem, .. } => {
            Some((format!("{} failed", job::title(of)), Some(problem.detail.clone())))
        }
        JobStatus::Done { result, .. } => match &**result {
            JobResult::Verify(report) if !report.damage.is_empty() => {
                let lost = report.damage.iter().map(|damage| damage.length_bytes).sum();
                let words =
                    format!("{} of {} cannot be read back", bytes::short(lost), report.name);
                Some((words, report.damage.first().map(|damage| damage.reason.clone())))
            }
            JobResult::Verify(_)
            | JobResult::Snapshot(_)
            | JobResult::Disk(_)
            | JobResult::Gc(_) => None,
        },
        JobStatus::Queued | JobStatus::Running { .. } | JobStatus::Cancelled { .. } => None,
    }
}

/// What a job is about: checks are told apart by their snapshot, all others by their disk alone.
fn subject(of: &Job) -> (JobKind, Option<DiskId>, Option<SnapshotId>) {
    match of.kind {
        JobKind::VerifySnapshot => (of.kind, of.disk_id, of.snapshot_id),
        JobKind::CreateSnapshot | JobKind::CreateDisk | JobKind::CollectGarbage => {
            (of.kind, of.disk_id, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{Code, Problem};

    use super::*;

    fn job(number: u32, failed: bool) -> Job {
        let at = "2026-07-24T10:00:00Z".parse().unwrap();
        let problem = Problem {
            code: Code::SourceChanged,
            detail: "the image changed".to_owned(),
            help: None,
        };
        let status = if failed {
            JobStatus::Failed { started_at: Some(at), finished_at: at, problem }
        } else {
            let report = shared::GcReport { applied: true, freed_bytes: 0, pools: Vec::new() };
            let result = Box::new(JobResult::Gc(report));
            JobStatus::Done { started_at: at, finished_at: at, result }
        };
        Job {
            id: format!("01980000-0000-7000-8000-{number:012}").parse().unwrap(),
            kind: JobKind::CreateSnapshot,
            disk_id: None,
            disk_name: Some("web".parse().unwrap()),
            snapshot_id: None,
            snapshot_name: None,
            created_at: at,
            attempts: 1,
            status,
        }
    }

    #[test]
    fn a_failure_is_told_until_it_is_made_good() {
        let now = "2026-07-24T12:00:00Z".parse().unwrap();
        let found = list(&[], &[job(2, true), job(1, false)], now);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].words, "Snapshot of web failed");
        assert_eq!(found[0].cause.as_deref(), Some("the image changed"));
        assert_eq!(list(&[], &[job(2, false), job(1, true)], now), []);
        let later = "2026-07-26T12:00:00Z".parse().unwrap();
        assert_eq!(list(&[], &[job(2, true)], later), []);
    }
}
