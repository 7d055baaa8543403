//! Work that takes time: a queue that outlives the server, a few jobs at work at once.
//!
//! How a job stands is kept in the catalog whenever that changes; how far it is, in memory. A job
//! that a crash broke off is begun again, and so is one that a stop of the server broke off.

mod disk;
mod gc;
mod run;
mod snapshot;
mod verify;
mod watch;
mod work;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use engine::{Clock, Engine, JobFilter, Remembered};
use shared::{Code, DiskId, Event, Job, JobId, JobStatus, Problem};
use tokio::{runtime::Handle, sync::watch as channel};

use self::watch::Watch;
pub(crate) use self::{
    disk::WriteDisk, gc::CollectGarbage, snapshot::TakeSnapshot, verify::VerifySnapshot, work::Work,
};
use crate::{api::error::Refusal, events::Events};

/// Jobs that are at work at once: each uses all cores where it can.
const AT_ONCE: usize = 3;

/// How often a job is begun that the server does not survive.
const ATTEMPTS: u32 = 3;

/// How long a stop lets jobs go on that are nearly done.
const GRACE: Duration = Duration::from_secs(3);

/// The jobs that have not ended, and who runs them.
#[derive(Debug)]
pub(crate) struct Jobs {
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    events: Arc<Events>,
    runtime: Handle,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    /// By id, so by age.
    entries: BTreeMap<JobId, Entry>,
    stopping: bool,
}

/// A job that has not ended.
#[derive(Debug)]
struct Entry {
    job: Job,
    work: Work,
    watch: Arc<Watch>,
    /// Dropped when the job ends, which is how those who wait for it know.
    alive: Option<channel::Sender<()>>,
}

impl Entry {
    fn new(job: Job, work: Work) -> Self {
        Self { job, work, watch: Arc::default(), alive: Some(channel::Sender::new(())) }
    }
}

impl Jobs {
    /// Takes up the jobs that were not ended when the server last was.
    pub(crate) async fn open(
        engine: Arc<Engine>,
        clock: Arc<dyn Clock>,
        events: Arc<Events>,
    ) -> Result<Arc<Self>, engine::Error> {
        let unfinished = engine.unfinished_jobs().await?;
        let runtime = Handle::current();
        let jobs = Arc::new(Self { engine, clock, events, runtime, queue: Mutex::default() });
        for (job, request) in unfinished {
            jobs.take_up(job, &request).await?;
        }
        jobs.engine.forget_jobs().await?;
        jobs.schedule();
        Ok(jobs)
    }

    async fn take_up(&self, mut job: Job, request: &str) -> Result<(), engine::Error> {
        let crashed = matches!(job.status, JobStatus::Running { .. });
        let unreadable = |error: serde_json::Error| {
            (format!("what the job was asked cannot be read: {error}"), "ask for it again")
        };
        let too_often = || {
            let times = job.attempts;
            let detail = format!("the server stopped short in the midst of it {times} times");
            (detail, "look into the server's log, then ask for it again")
        };
        let work = serde_json::from_str(request).map_err(unreadable);
        let work = work.and_then(|work| {
            if crashed && job.attempts >= ATTEMPTS { Err(too_often()) } else { Ok(work) }
        });
        match work {
            Ok(work) => {
                job.status = JobStatus::Queued;
                self.queue().entries.insert(job.id, Entry::new(job, work));
            }
            Err((detail, help)) => {
                let problem = Problem { code: Code::Internal, detail, help: Some(help.to_owned()) };
                let finished_at = self.clock.now();
                job.status = JobStatus::Failed { started_at: None, finished_at, problem };
                self.engine.put_job(&job, request).await?;
            }
        }
        Ok(())
    }

    /// Keeps a job, and the answer that tells of it, and begins with it as soon as can be.
    pub(crate) async fn add(
        self: &Arc<Self>,
        work: Work,
        remember: impl FnOnce(&Job) -> Option<Remembered>,
    ) -> Result<Job, Refusal> {
        let job = Job {
            id: JobId::from_uuid(self.engine.new_uuid()),
            kind: work.kind(),
            disk_id: work.disk().map(|(id, _)| id),
            disk_name: work.disk().map(|(_, name)| name.clone()),
            snapshot_id: work.snapshot().map(|(id, _)| id),
            snapshot_name: work.snapshot().and_then(|(_, name)| name.cloned()),
            created_at: self.clock.now(),
            attempts: 0,
            status: JobStatus::Queued,
        };
        if self.queue().stopping {
            return Err(stopping());
        }
        self.engine.add_job(&job, &work.to_json(), remember(&job).as_ref()).await?;
        self.queue().entries.insert(job.id, Entry::new(job.clone(), work));
        self.events.publish(Event::Job(job.clone()));
        self.schedule();
        Ok(job)
    }

    /// A job as it is now.
    pub(crate) async fn get(&self, id: JobId) -> Result<Job, Refusal> {
        if let Some(entry) = self.queue().entries.get(&id) {
            return Ok(entry.job.clone());
        }
        let job = self.engine.job(id).await?;
        job.ok_or_else(|| {
            Refusal::new(Code::JobNotFound, format!("there is no job {id}"))
                .help("GET /api/v1/jobs lists the jobs there are")
        })
    }

    /// Jobs as they are now, newest first.
    pub(crate) async fn list(&self, filter: &JobFilter) -> Result<Vec<Job>, Refusal> {
        let mut jobs = self.engine.jobs(filter).await?;
        let queue = self.queue();
        for job in &mut jobs {
            if let Some(entry) = queue.entries.get(&job.id) {
                job.clone_from(&entry.job);
            }
        }
        Ok(jobs)
    }

    /// A job when it has ended, or as it is after so long or at the server's end.
    pub(crate) async fn wait(&self, id: JobId, patience: Duration) -> Result<Job, Refusal> {
        let alive =
            self.queue().entries.get(&id).and_then(|it| Some(it.alive.as_ref()?.subscribe()));
        if let Some(mut alive) = alive {
            // Nothing is ever sent: this ends with the job.
            drop(tokio::time::timeout(patience, alive.changed()).await);
        }
        self.get(id).await
    }

    /// Stops a job: at once if it waits, at a safe point if it is at work.
    pub(crate) async fn cancel(&self, id: JobId) -> Result<Job, Refusal> {
        let ended = || Refusal::new(Code::JobEnded, format!("job {id} has ended already"));
        let waiting = {
            let mut queue = self.queue();
            match queue.entries.get(&id) {
                Some(entry) if matches!(entry.job.status, JobStatus::Running { .. }) => {
                    entry.watch.stop();
                    return Ok(entry.job.clone());
                }
                Some(entry) if entry.job.status.is_final() => return Err(ended()),
                Some(_) => queue.entries.remove(&id),
                None => None,
            }
        };
        let Some(Entry { mut job, work, .. }) = waiting else {
            self.get(id).await?;
            return Err(ended());
        };
        let finished_at = self.clock.now();
        job.status = JobStatus::Cancelled { started_at: None, finished_at };
        self.engine.put_job(&job, &work.to_json()).await?;
        self.events.publish(Event::Job(job.clone()));
        Ok(job)
    }

    /// Whether a snapshot of that name is to be taken already.
    pub(crate) fn will_name(&self, disk: DiskId, name: &shared::Name) -> bool {
        let queue = self.queue();
        queue.entries.values().any(|entry| {
            !entry.job.status.is_final()
                && entry.job.kind == shared::JobKind::CreateSnapshot
                && entry.job.disk_id == Some(disk)
                && entry.job.snapshot_name.as_ref() == Some(name)
        })
    }

    /// Begins no more jobs, lets those at work end that soon do, and stops the others at a safe
    /// point; the next start goes on with them.
    pub(crate) async fn stop(&self) {
        let running: Vec<_> = {
            let mut queue = self.queue();
            queue.stopping = true;
            let at_work = queue.entries.values().filter_map(|entry| {
                let alive = entry.alive.as_ref()?.subscribe();
                matches!(entry.job.status, JobStatus::Running { .. })
                    .then(|| (alive, Arc::clone(&entry.watch)))
            });
            at_work.collect()
        };
        let all = |running: Vec<(channel::Receiver<()>, Arc<Watch>)>| async move {
            for (mut alive, _) in running {
                drop(alive.changed().await);
            }
        };
        if tokio::time::timeout(GRACE, all(running.clone())).await.is_err() {
            for (_, watch) in &running {
                watch.suspend();
            }
            all(running).await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stopping() -> Refusal {
    Refusal::new(Code::Stopping, "the server is stopping").help("send it again in a moment")
}
