//! Running jobs: whose turn it is, one attempt from its beginning to its end, and its progress.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use engine::Error;
use futures::FutureExt as _;
use jiff::Timestamp;
use shared::{Code, DiskId, Event, Job, JobId, JobProgress, JobResult, JobStatus, Problem};
use tracing::Instrument as _;

use super::{AT_ONCE, Entry, Jobs, watch::Pace};

/// How often progress is told: as often as people can follow.
const TICK: Duration = Duration::from_millis(250);

/// How an attempt ended.
type Outcome = Result<JobResult, Ended>;

/// Why an attempt did not do what it was asked.
enum Ended {
    Failed(Problem),
    Cancelled,
    /// The server stops; its next start begins the job again.
    Suspended,
}

impl Jobs {
    /// Begins the jobs whose turn it is: the oldest first, one at a time on a disk.
    pub(super) fn schedule(self: &Arc<Self>) {
        let mut queue = self.queue();
        if queue.stopping {
            return;
        }
        let running = |job: &Job| matches!(job.status, JobStatus::Running { .. });
        let at_work = queue.entries.values().filter(|entry| running(&entry.job));
        let mut room = AT_ONCE.saturating_sub(at_work.clone().count());
        let mut busy: HashSet<DiskId> =
            at_work.filter_map(|it| it.request.work.alone_on()).collect();
        for entry in queue.entries.values_mut() {
            let waits = matches!(entry.job.status, JobStatus::Queued);
            if room == 0 || !waits || entry.watch.is_suspended() {
                continue;
            }
            if entry.request.work.alone_on().is_some_and(|disk| !busy.insert(disk)) {
                continue;
            }
            room -= 1;
            let total_bytes = 0;
            let phase = "starting".to_owned();
            let progress = JobProgress {
                phase,
                done_bytes: 0,
                total_bytes,
                rate_bytes_per_second: 0,
                eta_seconds: None,
            };
            entry.job.attempts += 1;
            entry.job.status = JobStatus::Running { started_at: self.clock.now(), progress };
            let id = entry.job.id;
            let span = tracing::info_span!(parent: None, "job", id = %id, kind = ?entry.job.kind);
            let jobs = Arc::clone(self);
            // A thread of its own, which what it waits for may block.
            self.runtime.spawn_blocking(move || {
                let runtime = jobs.runtime.clone();
                runtime.block_on(jobs.attempt(id).instrument(span));
            });
        }
    }

    /// One attempt, from its beginning to its end.
    async fn attempt(self: Arc<Self>, id: JobId) {
        let started = std::time::Instant::now();
        let worked = AssertUnwindSafe(self.work(id)).catch_unwind().await;
        let outcome = worked.unwrap_or_else(|_| {
            let detail = "the job met a fault in Skikt itself; the log tells of it".to_owned();
            Err(Ended::Failed(Problem { code: Code::Internal, detail, help: None }))
        });
        let outcome_word = match &outcome {
            Ok(_) => "done",
            Err(Ended::Failed(problem)) => {
                tracing::warn!(code = %problem.code, detail = problem.detail, "the job failed");
                "failed"
            }
            Err(Ended::Cancelled) => "cancelled",
            Err(Ended::Suspended) => "suspended",
        };
        let duration_ms = started.elapsed().as_millis() as u64;
        tracing::info!(outcome = outcome_word, duration_ms, "the job ended");
        self.end(id, outcome).await;
        self.schedule();
    }

    async fn work(&self, id: JobId) -> Outcome {
        let failed = |error: Error| Ended::Failed(error.problem());
        let Some((mut job, mut request, watch)) = self
            .queue()
            .entries
            .get(&id)
            .map(|entry| (entry.job.clone(), entry.request.clone(), Arc::clone(&entry.watch)))
        else {
            return Err(Ended::Cancelled);
        };
        let found = request.work.prepare(&self.engine, job.attempts).await.map_err(failed)?;
        job.snapshot_id = request.work.snapshot().map(|(id, _)| id);
        // Kept before it begins: after a crash it must be known what to look for.
        self.engine.put_job(&job, &request.to_json()).await.map_err(failed)?;
        self.change(id, |entry| {
            entry.job.snapshot_id = job.snapshot_id;
            entry.request.clone_from(&request);
        });
        if let Some(result) = found {
            return Ok(result);
        }
        // It may have been asked of a server that had other roots.
        if let Some(disk) = request.work.alone_on() {
            let disk = self.engine.disk(&disk.to_string()).await.map_err(failed)?;
            self.roots.check(&disk).map_err(|refusal| Ended::Failed(refusal.into_problem()))?;
        }
        let mut pace = Pace::default();
        let mut tick = tokio::time::interval(TICK);
        let mut run = std::pin::pin!(request.work.run(&self.engine, Arc::clone(&watch)));
        let done = loop {
            tokio::select! {
                done = &mut run => break done,
                _ = tick.tick() => {
                    let now = pace.look(&watch, request.work.phase());
                    self.change(id, |entry| {
                        if let JobStatus::Running { progress, .. } = &mut entry.job.status {
                            *progress = now;
                        }
                    });
                }
            }
        };
        done.map_err(|error| match (error.code(), watch.is_suspended()) {
            (Code::Cancelled, true) => Ended::Suspended,
            (Code::Cancelled, false) => Ended::Cancelled,
            _ => failed(error),
        })
    }

    /// Changes a job in the queue and tells of it, if there is something to tell.
    fn change(&self, id: JobId, change: impl FnOnce(&mut Entry)) {
        let mut queue = self.queue();
        let Some(entry) = queue.entries.get_mut(&id) else { return };
        let before = entry.job.clone();
        change(entry);
        if entry.job != before {
            self.events.publish(Event::Job(entry.job.clone()));
        }
    }

    /// Keeps how a job ended, and tells those who wait for it and everybody else. Only then the
    /// next one of its disk may begin, so that ends are told in the order of the jobs.
    async fn end(&self, id: JobId, outcome: Outcome) {
        let found = self.queue().entries.get(&id).map(|it| (it.job.clone(), it.request.to_json()));
        let Some((mut job, request)) = found else { return };
        let JobStatus::Running { started_at, .. } = job.status else { return };
        job.status = ended(started_at, self.clock.now(), outcome);
        let made = self.made(&mut job).await;
        let put = self.engine.put_job(&job, &request).await;
        let mut queue = self.queue();
        match put {
            Ok(()) => drop(queue.entries.remove(&id)),
            // What the catalog has no room for is told from memory.
            Err(error) => {
                tracing::error!(%error, "how the job ended is not in the catalog");
                if let Some(entry) = queue.entries.get_mut(&id) {
                    entry.job.clone_from(&job);
                    entry.alive = None;
                }
            }
        }
        // Within the lock: who hears of it and asks again finds it so, and nobody comes between.
        made.into_iter().chain([Event::Job(job)]).for_each(|event| self.events.publish(event));
    }

    /// What is to be told of what a job made, and noted of it in the job.
    async fn made(&self, job: &mut Job) -> Vec<Event> {
        let JobStatus::Done { result, .. } = &job.status else { return Vec::new() };
        match result.as_ref() {
            JobResult::Snapshot(snapshot) => {
                job.snapshot_name = Some(snapshot.name.clone());
                // Its revision was raised; one that was detached meanwhile has none.
                let disk = self.engine.disk(&snapshot.disk_id.to_string()).await.ok();
                [Event::Snapshot(snapshot.clone())]
                    .into_iter()
                    .chain(disk.map(Event::Disk))
                    .collect()
            }
            JobResult::Disk(disk) => {
                job.disk_id = Some(disk.id);
                job.disk_name = Some(disk.name.clone());
                vec![Event::Disk(disk.clone())]
            }
            JobResult::Verify(_) | JobResult::Gc(_) => Vec::new(),
        }
    }
}

/// How a job stands after an attempt.
fn ended(begun: Timestamp, finished_at: Timestamp, outcome: Outcome) -> JobStatus {
    let started_at = Some(begun);
    match outcome {
        Ok(result) => JobStatus::Done { started_at: begun, finished_at, result: Box::new(result) },
        Err(Ended::Failed(problem)) => JobStatus::Failed { started_at, finished_at, problem },
        Err(Ended::Cancelled) => JobStatus::Cancelled { started_at, finished_at },
        Err(Ended::Suspended) => JobStatus::Queued,
    }
}
