//! Keeping jobs and answers for whoever runs them: the engine only remembers.

use shared::{Job, JobId};

use crate::{
    catalog::{JobFilter, Recall, Remembered},
    engine::Engine,
    error::Error,
};

impl Engine {
    /// Keeps a new job with what it was asked, and the answer that told of it, at once.
    pub async fn add_job(
        &self,
        job: &Job,
        request: &str,
        answer: Option<&Remembered>,
    ) -> Result<(), Error> {
        Ok(self.catalog.add_job(job, request, answer).await?)
    }

    /// Keeps how a job stands, and what it was asked; it was added before.
    pub async fn put_job(&self, job: &Job, request: &str) -> Result<(), Error> {
        Ok(self.catalog.put_job(job, request).await?)
    }

    /// A job as it was last kept.
    pub async fn job(&self, id: JobId) -> Result<Option<Job>, Error> {
        Ok(self.catalog.job(id).await?)
    }

    /// Jobs as they were last kept, newest first.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, Error> {
        Ok(self.catalog.jobs(filter).await?)
    }

    /// The jobs that have not ended, with what they were asked, oldest first.
    pub async fn unfinished_jobs(&self) -> Result<Vec<(Job, String)>, Error> {
        Ok(self.catalog.unfinished_jobs().await?)
    }

    /// Forgets all but the last 10 000 jobs that have ended, and answers that are a day old.
    pub async fn forget_jobs(&self) -> Result<(), Error> {
        Ok(self.catalog.forget_jobs(self.options.clock.now()).await?)
    }

    /// What is known of an idempotency key.
    pub async fn recall(&self, key: &str, request_hash: &str) -> Result<Recall, Error> {
        Ok(self.catalog.recall(key, request_hash, self.options.clock.now()).await?)
    }

    /// Forgets what was answered to a key.
    pub async fn forget(&self, key: &str) -> Result<(), Error> {
        Ok(self.catalog.forget(key).await?)
    }

    /// Keeps an answer for a day.
    pub async fn remember(&self, answer: &Remembered) -> Result<(), Error> {
        Ok(self.catalog.remember(answer, self.options.clock.now()).await?)
    }
}
