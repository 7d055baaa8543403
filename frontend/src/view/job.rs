//! What a job is called, and how it stands, in words.

use shared::{Damage, Job, JobKind, JobResult, JobStatus};

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

/// What a check found that cannot be read back.
pub fn damage(status: &JobStatus) -> &[Damage] {
    match status {
        JobStatus::Done { result, .. } => match &**result {
            JobResult::Verify(report) => &report.damage,
            JobResult::Snapshot(_) | JobResult::Disk(_) | JobResult::Gc(_) => &[],
        },
        JobStatus::Queued
        | JobStatus::Running { .. }
        | JobStatus::Failed { .. }
        | JobStatus::Cancelled { .. } => &[],
    }
}

/// Whether it failed, or was done and found damage.
pub fn is_bad(status: &JobStatus) -> bool {
    matches!(status, JobStatus::Failed { .. }) || !damage(status).is_empty()
}

/// How a job stands, in a word.
pub fn state(status: &JobStatus) -> &'static str {
    match status {
        JobStatus::Done { .. } if is_bad(status) => "Damaged",
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

/// What is left of a job that was stopped.
pub const fn remains(kind: JobKind) -> &'static str {
    match kind {
        JobKind::CreateSnapshot | JobKind::CreateDisk => "Stopped; nothing of it remains",
        JobKind::VerifySnapshot => "Stopped; the snapshot stays as it is",
        JobKind::CollectGarbage => "Stopped; what was given back stays so",
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

#[cfg(test)]
mod tests {
    use shared::VerifyReport;

    use super::*;

    #[test]
    fn a_check_that_found_damage_is_not_done_and_well() {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let status = |damage| {
            let report = VerifyReport {
                id: "01980000-0000-7000-8000-000000000001".parse().unwrap(),
                name: "s1".parse().unwrap(),
                chunks: 1,
                verified_bytes: 8192,
                damage,
            };
            let result = Box::new(JobResult::Verify(report));
            JobStatus::Done { started_at: at, finished_at: at, result }
        };
        let lost = Damage { offset_bytes: 4096, length_bytes: 4096, reason: "gone".to_owned() };
        assert!(!is_bad(&status(Vec::new())));
        assert_eq!(state(&status(Vec::new())), "Done");
        assert!(is_bad(&status(vec![lost.clone()])));
        assert_eq!(state(&status(vec![lost])), "Damaged");
    }
}
