//! What a job is called, and how it stands, in words.

use shared::{Job, JobKind, JobResult, JobStatus};

use super::{bytes, percent};

/// What a job does, with what it does it to: `Snapshot of web`.
pub fn title(job: &Job) -> String {
    let of = |name: Option<&shared::Name>| name.map_or(String::new(), |name| format!(" of {name}"));
    match job.kind {
        JobKind::CreateSnapshot => format!("Snapshot{}", of(job.disk_name.as_ref())),
        JobKind::VerifySnapshot => format!("Check{}", of(job.snapshot_name.as_ref())),
        JobKind::CreateDisk => {
            let name = job.disk_name.as_ref().or(job.snapshot_name.as_ref());
            name.map_or("New disk".to_owned(), |name| format!("New disk {name}"))
        }
        JobKind::CollectGarbage => "Garbage collection".to_owned(),
    }
}

/// How a job stands, in a word.
pub const fn state(status: &JobStatus) -> &'static str {
    match status {
        JobStatus::Queued => "Queued",
        JobStatus::Running { .. } => "Running",
        JobStatus::Done { .. } => "Done",
        JobStatus::Failed { .. } => "Failed",
        JobStatus::Cancelled { .. } => "Cancelled",
    }
}

/// What came of a job, in one line.
pub fn outcome(result: &JobResult) -> String {
    match result {
        JobResult::Snapshot(snapshot) => format!(
            "{}: {} changed, {} stored",
            snapshot.name,
            bytes::short(snapshot.sizes.changed),
            bytes::short(snapshot.sizes.stored)
        ),
        JobResult::Verify(report) if report.damage.is_empty() => {
            format!("all {} read back whole", bytes::short(report.verified_bytes))
        }
        JobResult::Verify(report) => {
            let damaged = report.damage.iter().map(|damage| damage.length_bytes).sum();
            format!("{} cannot be read back", bytes::short(damaged))
        }
        JobResult::Disk(disk) => {
            format!("{}, {}", disk.name, bytes::short(disk.size_bytes.bytes()))
        }
        JobResult::Gc(report) => format!("{} given back", bytes::short(report.freed_bytes)),
    }
}

/// What stopping a job does, told before it is done.
pub const fn consequence_of_cancelling(kind: JobKind) -> &'static str {
    match kind {
        JobKind::CreateSnapshot => "No snapshot is made; what was written for it is given back.",
        JobKind::VerifySnapshot => "The snapshot stays as it is, unchecked.",
        JobKind::CreateDisk => "No disk is made, and the unfinished image is deleted.",
        JobKind::CollectGarbage => "What was given back stays so; the rest can be collected later.",
    }
}

/// How far a running job is, for people who listen: every quarter, in words.
pub fn spoken(job: &Job) -> String {
    match &job.status {
        JobStatus::Running { progress, .. } => {
            let quarter = percent::share(progress.done_bytes, progress.total_bytes) * 4.0;
            format!("{}: {} percent", title(job), quarter as u32 * 25)
        }
        JobStatus::Done { result, .. } => format!("{}: done, {}", title(job), outcome(result)),
        JobStatus::Failed { problem, .. } => format!("{} failed: {}", title(job), problem.detail),
        JobStatus::Queued | JobStatus::Cancelled { .. } => {
            format!("{}: {}", title(job), state(&job.status))
        }
    }
}
