//! Jobs: begun, watched to their end, stopped on Ctrl-C. They go on while the line is down.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use engine::{Random as _, SystemRandom};
use serde::{Serialize, de::DeserializeOwned};
use shared::{Code, Job, JobId, JobResult, JobStatus};
use ureq::http::Method;
use url::Url;

use super::{Client, ClientError, Watch, patience::Patience, request, to_json};

/// How long an answer waits for a job's end: how often progress is shown.
const WAIT: &str = "wait=1";

/// How often it is looked whether a job should be stopped.
const LOOK: Duration = Duration::from_millis(50);

impl Client {
    /// Begins a job and waits for its end: what came of it.
    pub(super) fn job(
        &self,
        url: &Url,
        body: &impl Serialize,
        watch: &dyn Watch,
    ) -> Result<JobResult, ClientError> {
        let job: Job = self.post(url, body, watch)?;
        let id = job.id;
        let (ended, end) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || self.stop_on_demand(id, watch, &end));
            let result = self.follow(job, watch);
            drop::<mpsc::Sender<()>>(ended);
            result
        })
    }

    /// Sends a `POST` with a key, which makes it safe to send it again if the line breaks.
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        url: &Url,
        body: &impl Serialize,
        watch: &dyn Watch,
    ) -> Result<T, ClientError> {
        let mut bytes = [0; 16];
        SystemRandom.fill(&mut bytes);
        let key: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (mut patience, mut may_be_done) = (Patience::default(), false);
        loop {
            let request = request(&Method::POST, url)
                .header("content-type", "application/json")
                .header("idempotency-key", &key);
            match self.send(request, to_json(body)).and_then(|answer| self.read(answer)) {
                Ok(answer) => return Ok(answer),
                // Who was never there is not waited for.
                Err(error) if !(may_be_done || error.may_be_done()) => return Err(error),
                Err(error) => patience.pause(error, watch)?,
            }
            may_be_done = true;
        }
    }

    fn follow(&self, mut job: Job, watch: &dyn Watch) -> Result<JobResult, ClientError> {
        loop {
            let id = job.id;
            match job.status {
                JobStatus::Queued => watch.phase("waiting for its turn"),
                JobStatus::Running { progress, .. } => {
                    watch.phase(&progress.phase);
                    watch.at(progress.done_bytes, progress.total_bytes);
                }
                JobStatus::Done { result, .. } => return Ok(*result),
                JobStatus::Failed { problem, .. } => return Err(ClientError::Refused(problem)),
                JobStatus::Cancelled { .. } => return Err(engine::Error::Cancelled.into()),
            }
            job = self.in_a_moment(id, watch)?;
        }
    }

    /// A job as it is in a moment, or as it ended.
    fn in_a_moment(&self, id: JobId, watch: &dyn Watch) -> Result<Job, ClientError> {
        let url = self.route(&["jobs", &id.to_string()]);
        let mut patience = Patience::default();
        loop {
            let request = request(&Method::GET, &url).header("prefer", WAIT);
            match self.send_lively(request, ()).and_then(|answer| self.read(answer)) {
                Ok(job) => return Ok(job),
                Err(error) => patience.pause(error, watch)?,
            }
        }
    }

    /// Asks the server to stop a job once that is wished, unless it ends before.
    fn stop_on_demand(&self, id: JobId, watch: &dyn Watch, end: &Receiver<()>) {
        while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            if watch.cancelled() {
                watch.phase("stopping");
                match self.delete(&self.route(&["jobs", &id.to_string()])) {
                    Ok(()) => return,
                    // It ended first.
                    Err(ClientError::Refused(problem)) if problem.code == Code::JobEnded => return,
                    // The line is down; it is asked again.
                    Err(_) => {}
                }
            }
        }
    }
}
