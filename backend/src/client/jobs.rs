//! Jobs: begun, watched to their end, stopped on Ctrl-C. They go on while the line is down.

use serde::Serialize;
use shared::{Code, Job, JobId, JobResult, JobStatus};
use ureq::http::Method;
use url::Url;

use super::{Client, ClientError, Watch, patience::Patience, to_json};

/// How long an answer waits for a job's end: how often progress is shown and Ctrl-C seen.
const WAIT: &str = "wait=1";

impl Client {
    /// Begins a job and waits for its end: what came of it.
    pub(super) fn job(
        &self,
        url: &Url,
        body: &impl Serialize,
        watch: &dyn Watch,
    ) -> Result<JobResult, ClientError> {
        let request = self.request(&Method::POST, url).header("content-type", "application/json");
        let request = request.header("prefer", WAIT);
        let mut job: Job = self.read(self.send(request, to_json(body))?)?;
        let mut asked_to_stop = false;
        loop {
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
            if watch.cancelled() && !asked_to_stop {
                watch.phase("stopping");
                self.stop_job(job.id)?;
                asked_to_stop = true;
            }
            job = self.wait_for(job.id, watch)?;
        }
    }

    /// A job as it is in a moment, or as it ended.
    fn wait_for(&self, id: JobId, watch: &dyn Watch) -> Result<Job, ClientError> {
        let url = self.route(&["jobs", &id.to_string()]);
        let mut patience = Patience::default();
        loop {
            let request = self.request(&Method::GET, &url).header("prefer", WAIT);
            match self.send_lively(request, ()).and_then(|answer| self.read(answer)) {
                Ok(job) => return Ok(job),
                Err(error) => patience.pause(error, watch)?,
            }
        }
    }

    fn stop_job(&self, id: JobId) -> Result<(), ClientError> {
        match self.delete(&self.route(&["jobs", &id.to_string()])) {
            // It ended first.
            Err(ClientError::Refused(problem)) if problem.code == Code::JobEnded => Ok(()),
            stopped => stopped,
        }
    }
}
