//! A `POST` that does something once, however often it is sent with its `Idempotency-Key`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use actix_web::{HttpRequest, HttpResponse};
use engine::{Engine, Recall, Remembered};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::{Code, Disk, DiskId, Event, Job, JobId};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::{
    error::{Answer, Refusal},
    reply::{self, Wait},
};
use crate::{
    jobs::{Turn, Work},
    state::State,
};

/// An answer to a `POST`, as it is kept for its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Job(JobId),
    /// A disk is being made that is to have this id, or the server ended while it was.
    Making(DiskId),
    Made {
        location: String,
        body: String,
    },
}

/// The keys of requests under way: those with one key come after each other.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<HashMap<String, Weak<AsyncMutex<()>>>>);

impl Keys {
    async fn alone(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            keys.retain(|_, lock| lock.strong_count() > 0);
            let known = keys.get(key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                keys.insert(key.to_owned(), Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}

/// A request's key, which nobody else has until this is dropped.
#[derive(Debug)]
struct Key {
    text: String,
    request_hash: String,
    _alone: OwnedMutexGuard<()>,
}

impl Key {
    fn with(&self, kept: &Kept) -> Remembered {
        let answer = serde_json::to_string(kept).expect("answers have no failing parts");
        Remembered { key: self.text.clone(), request_hash: self.request_hash.clone(), answer }
    }
}

/// Leave to do what a `POST` asks.
pub(super) struct Once<'a> {
    state: &'a State,
    wait: Wait,
    key: Option<Key>,
}

impl<'a> Once<'a> {
    /// What the same request was answered before, or leave to do it.
    pub(super) async fn begin(
        request: &HttpRequest,
        body: &[u8],
        state: &'a State,
    ) -> Result<Result<Self, HttpResponse>, Refusal> {
        let wait = Wait::of(request)?;
        let Some(text) = request.headers().get("idempotency-key") else {
            return Ok(Ok(Self { state, wait, key: None }));
        };
        let text = text.to_str().ok().filter(|text| (1..=255).contains(&text.len()));
        let text = text.ok_or_else(|| {
            Refusal::new(Code::InvalidRequest, "an Idempotency-Key has 1 to 255 ASCII characters")
        })?;
        let alone = state.keys.alone(text).await;
        let (text, request_hash) = (text.to_owned(), request_hash(request, body));
        let key = Key { text, request_hash, _alone: alone };
        match state.engine.recall(&key.text, &key.request_hash).await? {
            Recall::New => Ok(Ok(Self { state, wait, key: Some(key) })),
            Recall::Other => {
                let detail = format!("the key {:?} was used for another request", key.text);
                Err(Refusal::new(Code::IdempotencyMismatch, detail)
                    .help("use a new key for a new request"))
            }
            Recall::Answered(answer) => {
                let kept = serde_json::from_str(&answer).map_err(|error| {
                    Refusal::new(Code::Internal, format!("a kept answer cannot be read: {error}"))
                })?;
                Self { state, wait, key: Some(key) }.again(kept).await
            }
        }
    }

    /// The answer once more; leave to do what nothing came of.
    async fn again(self, kept: Kept) -> Result<Result<Self, HttpResponse>, Refusal> {
        match kept {
            Kept::Job(id) => {
                // Others may wait for the job, too.
                drop(self.key);
                Ok(Err(reply::job(self.wait, self.state, id).await?))
            }
            Kept::Made { location, body } => Ok(Err(reply::made(&location, body))),
            Kept::Making(id) => match self.state.engine.disk(&id.to_string()).await {
                Ok(disk) => {
                    let (location, body) = told(&disk);
                    Ok(Err(reply::made(&location, body)))
                }
                Err(engine::Error::DiskNotFound(_)) => Ok(Ok(self)),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Begins a job and answers with it.
    pub(super) async fn start(self, turn: Turn, work: Work) -> Answer {
        let Self { state, wait, key } = self;
        let jobs = Arc::clone(&state.jobs);
        let added = state.threads.finish(async move {
            let remember = |job: &Job| Some(key.as_ref()?.with(&Kept::Job(job.id)));
            jobs.add(turn, work, remember).await
        });
        reply::job(wait, state, added.await?.id).await
    }

    /// Makes a disk, which is to have the id that is given, and answers with it. First the id is
    /// kept for the key, so that a repeat finds the disk even if the server ends before the rest.
    pub(super) async fn make<F: Future<Output = Result<Disk, engine::Error>>>(
        self,
        make: impl FnOnce(Arc<Engine>, DiskId) -> F + Send + 'static,
    ) -> Answer {
        let Self { state, key, .. } = self;
        let (engine, events) = (Arc::clone(&state.engine), Arc::clone(&state.events));
        let made = state.threads.change(move || async move {
            let id = DiskId::from_uuid(engine.new_uuid());
            if let Some(key) = &key {
                engine.remember(&key.with(&Kept::Making(id))).await?;
            }
            let made = make(Arc::clone(&engine), id).await;
            if let Ok(disk) = &made {
                events.publish(Event::Disk(disk.clone()));
            }
            let Some(key) = &key else { return made };
            match &made {
                Ok(disk) => {
                    let (location, body) = told(disk);
                    engine.remember(&key.with(&Kept::Made { location, body })).await?;
                }
                // The request was wrong, and another may have its key.
                Err(error) if Refusal::is_askers(error) => engine.forget(&key.text).await?,
                Err(_) => {}
            }
            made
        });
        let (location, body) = told(&made.await?);
        Ok(reply::made(&location, body))
    }
}

/// Where a disk is, and what is told of it.
fn told(disk: &Disk) -> (String, String) {
    let body = serde_json::to_string(disk).expect("disks have no failing parts");
    (format!("/api/v1/disks/{}", disk.id), body)
}

fn request_hash(request: &HttpRequest, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{} {}\n", request.method(), request.uri()));
    hash.update(body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
