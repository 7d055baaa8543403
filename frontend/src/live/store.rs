//! Events that have come, gathered until they are shown together.

use std::collections::{BTreeMap, BTreeSet};

use shared::{DiskId, Event, Job, JobId};

/// So many jobs are kept: the newest, and all that have not ended.
const KEPT: usize = 1000;

/// What several events come to. However many there are, it stays as small as what they are about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) disks: BTreeSet<DiskId>,
    pub(super) resync: bool,
}

impl Gathered {
    /// Takes one event in.
    pub(super) fn take_in(&mut self, event: Event) {
        match event {
            Event::Job(job) => keep_job(&mut self.jobs, job),
            Event::Resync => self.resync = true,
            Event::Snapshot(snapshot) => self.touch(snapshot.disk_id),
            Event::Disk(disk) => self.touch(disk.id),
            Event::SnapshotDeleted { disk_id: id, .. } | Event::DiskDetached { id } => {
                self.touch(id);
            }
        }
    }

    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn touch(&mut self, disk: DiskId) {
        self.disks.insert(disk);
    }
}

/// Keeps the later word on a job: one that has ended stays so, whatever order words come in.
pub(super) fn keep_job(jobs: &mut BTreeMap<JobId, Job>, job: Job) {
    let ended = |job: &Job| job.status.is_final();
    if jobs.get(&job.id).is_some_and(|known| ended(known) && !ended(&job)) {
        return;
    }
    jobs.insert(job.id, job);
    if jobs.len() > KEPT {
        // Ids sort by time.
        let oldest = jobs.values().find(|job| ended(job)).map(|job| job.id);
        oldest.and_then(|id| jobs.remove(&id));
    }
}

#[cfg(test)]
mod tests {
    use shared::{JobKind, JobStatus};

    use super::*;

    fn job(status: JobStatus) -> Job {
        Job {
            id: "01980000-0000-7000-8000-000000000001".parse().unwrap(),
            kind: JobKind::CreateSnapshot,
            disk_id: None,
            disk_name: None,
            snapshot_id: None,
            snapshot_name: None,
            created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            attempts: 1,
            status,
        }
    }

    #[test]
    fn the_oldest_that_have_ended_are_forgotten() {
        let finished_at = "2026-01-01T00:00:01Z".parse().unwrap();
        let mut jobs = BTreeMap::new();
        let id = |number: usize| format!("01980000-0000-7000-8000-{number:012}").parse().unwrap();
        for number in 0..KEPT + 10 {
            let status = match number {
                0 => JobStatus::Queued,
                _ => JobStatus::Cancelled { started_at: None, finished_at },
            };
            keep_job(&mut jobs, Job { id: id(number), ..job(status) });
        }
        assert_eq!(jobs.len(), KEPT);
        assert!(jobs.contains_key(&id(0)), "it has not ended");
        assert!(!jobs.contains_key(&id(10)) && jobs.contains_key(&id(11)));
    }

    #[test]
    fn a_job_that_has_ended_never_runs_again() {
        let finished_at = "2026-01-01T00:00:01Z".parse().unwrap();
        let ended = job(JobStatus::Cancelled { started_at: None, finished_at });
        let mut gathered = Gathered::default();
        assert!(gathered.is_empty());
        for event in [job(JobStatus::Queued), ended.clone(), job(JobStatus::Queued)] {
            gathered.take_in(Event::Job(event));
        }
        assert_eq!(gathered.jobs.into_values().collect::<Vec<_>>(), [ended]);
    }
}
