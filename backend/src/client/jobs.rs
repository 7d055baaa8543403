//! Jobs: begun, watched to their end, stopped on Ctrl-C. They go on while the line is down.

use std::{
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use serde::Serialize;
use shared::{Code, Job, JobId, JobResult, JobStatus};
use ureq::http::Method;
use url::Url;

use super::{Client, ClientError, Watch, patience::Patience, request};

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
        let job: Job = self.send_json(&Method::POST, url, body)?;
        let id = job.id;
        let (ended, end) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || self.stop_on_demand(id, watch, &end));
            let result = self.follow(job, watch);
            drop::<mpsc::Sender<()>>(ended);
            result
        })
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
