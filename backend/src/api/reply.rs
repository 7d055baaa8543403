//! Answers that several routes give: JSON, a job, and what an idempotency key was answered before.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use engine::{Recall, Remembered};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::{Code, Job, JobId};

use super::error::{Answer, Refusal};
use crate::{jobs::Work, state::State};

/// The longest that an answer waits for a job.
const PATIENCE: u64 = 60;

/// JSON that is to be asked for again when it is wanted again.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in it")]
pub(super) fn json(value: &impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(value))
}

/// An answer to a `POST`, as it is kept for its idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Job(JobId),
    Made { location: String, body: String },
}

/// A `POST` that does something once, however often it is sent with its key. It is one at a time:
/// what is looked at before a job begins, as whether its name is free, still holds when it does.
pub(super) struct Once<'a> {
    state: &'a State,
    key: Option<(String, String)>,
    turn: tokio::sync::MutexGuard<'a, ()>,
}

impl<'a> Once<'a> {
    /// What the same request was answered before, or leave to do it.
    pub(super) async fn begin(
        request: &HttpRequest,
        body: &[u8],
        state: &'a State,
    ) -> Result<Result<Self, HttpResponse>, Refusal> {
        let turn = state.posts.lock().await;
        let Some(key) = request.headers().get("idempotency-key") else {
            return Ok(Ok(Self { state, key: None, turn }));
        };
        let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
        let key = key.ok_or_else(|| {
            Refusal::new(Code::InvalidRequest, "an Idempotency-Key has 1 to 255 ASCII characters")
        })?;
        let hash = request_hash(request, body);
        match state.engine.recall(key, &hash).await? {
            Recall::New => {
                let key = Some((key.to_owned(), hash));
                Ok(Ok(Self { state, key, turn }))
            }
            Recall::Other => {
                let detail = format!("the key {key:?} was used for another request");
                Err(Refusal::new(Code::IdempotencyMismatch, detail)
                    .help("use a new key for a new request"))
            }
            Recall::Answered(answer) => {
                drop(turn);
                let kept = serde_json::from_str(&answer).map_err(|error| {
                    Refusal::new(Code::Internal, format!("a kept answer cannot be read: {error}"))
                })?;
                match kept {
                    Kept::Job(id) => Ok(Err(job(request, state, id).await?)),
                    Kept::Made { location, body } => Ok(Err(made(&location, body))),
                }
            }
        }
    }

    /// Begins a job and answers with it.
    pub(super) async fn start(self, request: &HttpRequest, work: Work) -> Answer {
        let Self { state, key, turn } = self;
        let remember = |job: &Job| remembered(key, &Kept::Job(job.id));
        let id = state.jobs.add(work, remember).await?.id;
        drop(turn);
        job(request, state, id).await
    }

    /// Answers with what was made.
    pub(super) async fn made(self, location: String, value: &impl Serialize) -> Answer {
        let body = serde_json::to_string(value).expect("answers have no failing parts");
        let kept = Kept::Made { location: location.clone(), body: body.clone() };
        if let Some(answer) = remembered(self.key, &kept) {
            self.state.engine.remember(&answer).await?;
        }
        Ok(made(&location, body))
    }
}

fn remembered(key: Option<(String, String)>, kept: &Kept) -> Option<Remembered> {
    let (key, request_hash) = key?;
    let answer = serde_json::to_string(kept).expect("answers have no failing parts");
    Some(Remembered { key, request_hash, answer })
}

fn request_hash(request: &HttpRequest, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{} {}\n", request.method(), request.uri()));
    hash.update(body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn made(location: &str, body: String) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body)
}

/// A job, waited for as long as `Prefer: wait=N` says.
pub(super) async fn job(request: &HttpRequest, state: &State, id: JobId) -> Answer {
    let wait = wait_of(request)?;
    let found = match wait {
        None => state.jobs.get(id).await?,
        Some(seconds) => tokio::select! {
            job = state.jobs.wait(id, Duration::from_secs(seconds)) => job?,
            () = state.stopped() => state.jobs.get(id).await?,
        },
    };
    let waited = wait.is_some() && found.status.is_final();
    let status = if waited { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::LOCATION, format!("/api/v1/jobs/{id}")))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(seconds) = wait {
        answer.insert_header(("preference-applied", format!("wait={seconds}")));
    }
    Ok(answer.json(found))
}

/// The seconds of `Prefer: wait=N`; other preferences are somebody else's.
fn wait_of(request: &HttpRequest) -> Result<Option<u64>, Refusal> {
    let prefer = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
    let mut all = prefer.flat_map(|value| value.split([',', ';']));
    let Some(wait) = all.find_map(|it| it.trim().strip_prefix("wait=")) else { return Ok(None) };
    let seconds = wait.trim_matches('"').parse::<u64>().map_err(|_| {
        Refusal::new(Code::InvalidRequest, format!("Prefer: wait={wait} is no number of seconds"))
    })?;
    Ok(Some(seconds.min(PATIENCE)))
}
