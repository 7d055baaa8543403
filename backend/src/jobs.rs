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
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use engine::{Clock, Engine, JobFilter, Remembered};
use shared::{Code, Event, Job, JobId, JobStatus, Problem};
use tokio::{
    runtime::Handle,
    sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch as channel},
};
use uuid::Uuid;

pub(crate) use self::{
    disk::WriteDisk, gc::CollectGarbage, snapshot::TakeSnapshot, verify::VerifySnapshot, work::Work,
};
use self::{watch::Watch, work::Request};
use crate::{api::error::Refusal, events::Events, roots::ImageRoots};

/// Jobs that are at work at once: each uses all cores where it can.
const AT_ONCE: usize = 3;

/// How often the server may end short of a stop in the midst of a job, before the job is given up.
const CRASHES: u32 = 3;

/// How often old jobs are forgotten.
const FORGETTING: Duration = Duration::from_hours(1);

/// How long a stop lets jobs go on that are nearly done.
const GRACE: Duration = Duration::from_secs(3);

/// The jobs that have not ended, and who runs them.
#[derive(Debug)]
pub(crate) struct Jobs {
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    events: Arc<Events>,
    roots: ImageRoots,
    runtime: Handle,
    queue: Mutex<Queue>,
    /// Whose turn it is to ask; the newest job's id.
    turn: Arc<AsyncMutex<Uuid>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// By id, so by age.
    entries: BTreeMap<JobId, Entry>,
    stopping: bool,
}

/// Leave to ask for a job. One has it at a time: what was looked at before, as whether a name is
/// free, still holds when the job is in the queue, and jobs are in it in the order of their ids.
#[derive(Debug)]
pub(crate) struct Turn(OwnedMutexGuard<Uuid>);

/// A job that has not ended.
#[derive(Debug)]
struct Entry {
    job: Job,
    request: Request,
    watch: Arc<Watch>,
    /// Dropped when the job ends, which is how those who wait for it know.
    alive: Option<channel::Sender<()>>,
}

impl Entry {
    fn new(job: Job, request: Request) -> Self {
        Self { job, request, watch: Arc::default(), alive: Some(channel::Sender::new(())) }
    }
}

impl Jobs {
    /// Takes up the jobs that were not ended when the server last was.
    pub(crate) async fn open(
        engine: Arc<Engine>,
        clock: Arc<dyn Clock>,
        events: Arc<Events>,
        roots: ImageRoots,
    ) -> Result<Arc<Self>, engine::Error> {
        let unfinished = engine.unfinished_jobs().await?;
        let newest = engine.jobs(&JobFilter { limit: 1, ..JobFilter::default() }).await?;
        let newest = newest.first().map_or(Uuid::nil(), |job| job.id.uuid());
        let (runtime, queue) = (Handle::current(), Mutex::default());
        let turn = Arc::new(AsyncMutex::new(newest));
        let jobs = Arc::new(Self { engine, clock, events, roots, runtime, queue, turn });
        for (job, request) in unfinished {
            jobs.take_up(job, &request).await?;
        }
        jobs.schedule();
        Ok(jobs)
    }

    async fn take_up(&self, mut job: Job, request: &str) -> Result<(), engine::Error> {
        let crashed = matches!(job.status, JobStatus::Running { .. });
        let unreadable = |error: serde_json::Error| {
            (format!("what the job was asked cannot be read: {error}"), "ask for it again")
        };
        let too_often = || {
            let detail = format!("the server stopped short in the midst of it {CRASHES} times");
            (detail, "look into the server's log, then ask for it again")
        };
        let read = serde_json::from_str::<Request>(request).map_err(unreadable);
        let read = read.and_then(|mut read| {
            read.crashes += u32::from(crashed);
            if read.crashes < CRASHES { Ok(read) } else { Err(too_often()) }
        });
        match read {
            Ok(read) => {
                job.status = JobStatus::Queued;
                if crashed {
                    self.engine.put_job(&job, &read.to_json()).await?;
                }
                self.queue().entries.insert(job.id, Entry::new(job, read));
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

    /// Waits until nobody else asks for a job.
    pub(crate) async fn turn(&self) -> Turn {
        Turn(Arc::clone(&self.turn).lock_owned().await)
    }

    /// Keeps a job, and the answer that tells of it, and begins with it as soon as can be. Half of
    /// this is worse than nothing, so whoever calls it must see it through.
    pub(crate) async fn add(
        self: &Arc<Self>,
        Turn(mut newest): Turn,
        work: Work,
        remember: impl FnOnce(&Job) -> Option<Remembered>,
    ) -> Result<Job, Refusal> {
        *newest = next_id(*newest, self.engine.new_uuid());
        let job = Job {
            id: JobId::from_uuid(*newest),
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
        let request = Request::new(work);
        self.engine.add_job(&job, &request.to_json(), remember(&job).as_ref()).await?;
        self.queue().entries.insert(job.id, Entry::new(job.clone(), request));
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
        let (mut found, mut filter) = (Vec::new(), *filter);
        loop {
            let mut jobs = self.engine.jobs(&filter).await?;
            let is_last = jobs.len() < filter.limit;
            filter.before = jobs.last().map(|job| job.id).or(filter.before);
            self.bring_up_to_date(&mut jobs);
            // The catalog may not know yet in which state a job is.
            jobs.retain(|job| filter.state.is_none_or(|state| job.status.state() == state));
            found.extend(jobs);
            if is_last || found.len() >= filter.limit {
                found.truncate(filter.limit);
                return Ok(found);
            }
        }
    }

    fn bring_up_to_date(&self, jobs: &mut [Job]) {
        let queue = self.queue();
        for job in jobs {
            if let Some(entry) = queue.entries.get(&job.id) {
                job.clone_from(&entry.job);
            }
        }
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
    pub(crate) async fn cancel(self: &Arc<Self>, id: JobId) -> Result<Job, Refusal> {
        let ended = || Refusal::new(Code::JobEnded, format!("job {id} has ended already"));
        let finished_at = self.clock.now();
        let waited = {
            let mut queue = self.queue();
            match queue.entries.get_mut(&id) {
                Some(entry) if matches!(entry.job.status, JobStatus::Running { .. }) => {
                    entry.watch.stop();
                    return Ok(entry.job.clone());
                }
                Some(entry) if entry.job.status.is_final() => return Err(ended()),
                Some(entry) => {
                    // From now on it is not begun.
                    entry.job.status = JobStatus::Cancelled { started_at: None, finished_at };
                    Some((entry.job.clone(), entry.request.to_json()))
                }
                None => None,
            }
        };
        let Some((job, request)) = waited else {
            self.get(id).await?;
            return Err(ended());
        };
        if let Err(error) = self.engine.put_job(&job, &request).await {
            if let Some(entry) = self.queue().entries.get_mut(&id) {
                entry.job.status = JobStatus::Queued;
            }
            self.schedule();
            return Err(error.into());
        }
        let mut queue = self.queue();
        queue.entries.remove(&id);
        self.events.publish(Event::Job(job.clone()));
        Ok(job)
    }

    /// Whether work that is asked for and not done yet is of a kind.
    pub(crate) fn awaits(&self, is_it: impl Fn(&Work) -> bool) -> bool {
        let queue = self.queue();
        let mut open = queue.entries.values().filter(|entry| !entry.job.status.is_final());
        open.any(|entry| is_it(&entry.request.work))
    }

    /// Forgets old jobs and answers from time to time, for as long as it is run.
    pub(crate) async fn forget_old(&self) -> Infallible {
        let mut time = tokio::time::interval(FORGETTING);
        loop {
            time.tick().await;
            if let Err(error) = self.engine.forget_jobs().await {
                tracing::warn!(%error, "old jobs are still kept");
            }
        }
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

/// An id after the newest one, which a new one is not that was made in the same millisecond, or by
/// a clock that was set back.
fn next_id(newest: Uuid, new: Uuid) -> Uuid {
    new.max(Uuid::from_u128(newest.as_u128() + 1))
}

fn stopping() -> Refusal {
    Refusal::new(Code::Stopping, "the server is stopping").help("send it again in a moment")
}
