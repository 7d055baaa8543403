//! Jobs in the catalog, and the answers that requests with an idempotency key were given.

use jiff::{SignedDuration, Timestamp};
use shared::{DiskId, Job, JobId, JobState};
use sqlx::{Row as _, Sqlite, Transaction, sqlite::SqliteRow};

use super::{Catalog, CatalogError};

/// Finished jobs that are kept.
const KEPT: i64 = 10_000;

/// How long an answer is kept.
const ANSWERS: SignedDuration = SignedDuration::from_hours(24);

/// Which jobs are wanted, newest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct JobFilter {
    /// Only those in this state.
    pub state: Option<JobState>,
    /// Only those of this disk.
    pub disk: Option<DiskId>,
    /// Only those that were asked for before this one.
    pub before: Option<JobId>,
    /// At most so many.
    pub limit: usize,
}

/// An answer to be given again to whoever sends the same request with the same key.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The key that came with the request.
    pub key: String,
    /// What tells the request from others.
    pub request_hash: String,
    /// What was answered.
    pub answer: String,
}

/// What is known of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recall {
    /// Nothing.
    New,
    /// The same request was given this answer.
    Answered(String),
    /// It came with another request.
    Other,
}

fn read(row: &SqliteRow) -> Result<Job, CatalogError> {
    let job = serde_json::from_str(row.get("job"));
    job.map_err(|_| CatalogError::Row(format!("job {}", row.get::<&str, _>("id"))))
}

impl Catalog {
    /// Keeps a new job, and the answer that told of it, at once.
    pub(crate) async fn add_job(
        &self,
        job: &Job,
        request: &str,
        answer: Option<&Remembered>,
    ) -> Result<(), CatalogError> {
        let action = || CatalogError::in_action("keep a job");
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await.map_err(action())?;
        let json = serde_json::to_string(job).expect("a job has no failing parts");
        sqlx::query(
            "INSERT INTO jobs (id, state, disk_id, job, request) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(job.id.to_string())
        .bind(job.status.state().as_str())
        .bind(job.disk_id.map(|id| id.to_string()))
        .bind(json)
        .bind(request)
        .execute(&mut *transaction)
        .await
        .map_err(action())?;
        if let Some(answer) = answer {
            keep_answer(&mut transaction, answer, job.created_at).await?;
        }
        transaction.commit().await.map_err(action())
    }

    /// Keeps how a job stands, and what it was asked; it was added before.
    pub(crate) async fn put_job(&self, job: &Job, request: &str) -> Result<(), CatalogError> {
        let json = serde_json::to_string(job).expect("a job has no failing parts");
        // A job may have made the disk that it is of.
        sqlx::query(
            "UPDATE jobs SET state = $1, disk_id = $2, job = $3, request = $4 WHERE id = $5",
        )
        .bind(job.status.state().as_str())
        .bind(job.disk_id.map(|id| id.to_string()))
        .bind(json)
        .bind(request)
        .bind(job.id.to_string())
        .execute(&self.db)
        .await
        .map_err(CatalogError::in_action("keep a job"))?;
        Ok(())
    }

    pub(crate) async fn job(&self, id: JobId) -> Result<Option<Job>, CatalogError> {
        let query = sqlx::query("SELECT id, job FROM jobs WHERE id = $1").bind(id.to_string());
        let row = query.fetch_optional(&self.db).await;
        row.map_err(CatalogError::in_action("look up a job"))?.as_ref().map(read).transpose()
    }

    /// Jobs, newest first.
    pub(crate) async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>, CatalogError> {
        // Ids sort by time.
        let query = sqlx::query(
            "SELECT id, job FROM jobs WHERE ($1 IS NULL OR state = $1)
             AND ($2 IS NULL OR disk_id = $2) AND ($3 IS NULL OR id < $3)
             ORDER BY id DESC LIMIT $4",
        )
        .bind(filter.state.map(JobState::as_str))
        .bind(filter.disk.map(|id| id.to_string()))
        .bind(filter.before.map(|id| id.to_string()))
        .bind(i64::try_from(filter.limit).unwrap_or(i64::MAX));
        let rows = query.fetch_all(&self.db).await;
        rows.map_err(CatalogError::in_action("list jobs"))?.iter().map(read).collect()
    }

    /// The jobs that have not ended, with what they were asked, oldest first.
    pub(crate) async fn unfinished_jobs(&self) -> Result<Vec<(Job, String)>, CatalogError> {
        let rows = sqlx::query(
            "SELECT id, job, request FROM jobs WHERE state IN ('queued', 'running') ORDER BY id",
        )
        .fetch_all(&self.db)
        .await
        .map_err(CatalogError::in_action("list jobs"))?;
        rows.iter().map(|row| Ok((read(row)?, row.get("request")))).collect()
    }

    /// Forgets old jobs that have ended, and answers that are a day old.
    pub(crate) async fn forget_jobs(&self, now: Timestamp) -> Result<(), CatalogError> {
        let action = || CatalogError::in_action("forget old jobs");
        sqlx::query(
            "DELETE FROM jobs WHERE state NOT IN ('queued', 'running') AND id NOT IN (
                 SELECT id FROM jobs WHERE state NOT IN ('queued', 'running')
                 ORDER BY id DESC LIMIT $1)",
        )
        .bind(KEPT)
        .execute(&self.db)
        .await
        .map_err(action())?;
        sqlx::query("DELETE FROM answers WHERE created_us < $1")
            .bind((now - ANSWERS).as_microsecond())
            .execute(&self.db)
            .await
            .map_err(action())?;
        Ok(())
    }

    /// What is known of an idempotency key.
    pub(crate) async fn recall(
        &self,
        key: &str,
        request_hash: &str,
        now: Timestamp,
    ) -> Result<Recall, CatalogError> {
        let row = sqlx::query(
            "SELECT request_hash, answer FROM answers WHERE key = $1 AND created_us >= $2",
        )
        .bind(key)
        .bind((now - ANSWERS).as_microsecond())
        .fetch_optional(&self.db)
        .await
        .map_err(CatalogError::in_action("look up an answer"))?;
        Ok(match row {
            None => Recall::New,
            Some(row) if row.get::<&str, _>("request_hash") == request_hash => {
                Recall::Answered(row.get("answer"))
            }
            Some(_) => Recall::Other,
        })
    }

    /// Forgets what was answered to a key.
    pub(crate) async fn forget(&self, key: &str) -> Result<(), CatalogError> {
        let query = sqlx::query("DELETE FROM answers WHERE key = $1").bind(key);
        let done = query.execute(&self.db).await;
        done.map(drop).map_err(CatalogError::in_action("forget an answer"))
    }

    /// Keeps an answer.
    pub(crate) async fn remember(
        &self,
        answer: &Remembered,
        now: Timestamp,
    ) -> Result<(), CatalogError> {
        let action = || CatalogError::in_action("keep an answer");
        let mut transaction = self.db.begin_with("BEGIN IMMEDIATE").await.map_err(action())?;
        keep_answer(&mut transaction, answer, now).await?;
        transaction.commit().await.map_err(action())
    }
}

async fn keep_answer(
    transaction: &mut Transaction<'_, Sqlite>,
    answer: &Remembered,
    now: Timestamp,
) -> Result<(), CatalogError> {
    // One that is a day old makes room for the next.
    sqlx::query(
        "INSERT INTO answers (key, request_hash, answer, created_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET request_hash = excluded.request_hash,
             answer = excluded.answer, created_us = excluded.created_us",
    )
    .bind(&answer.key)
    .bind(&answer.request_hash)
    .bind(&answer.answer)
    .bind(now.as_microsecond())
    .execute(&mut **transaction)
    .await
    .map_err(CatalogError::in_action("keep an answer"))?;
    Ok(())
}
