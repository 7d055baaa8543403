//! Jobs: what takes time, and what became of it.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::{Data, Path, Query},
};
use engine::JobFilter;
use serde::Deserialize;
use shared::{Code, JobId, JobState};

use super::{
    body::NoParameters,
    error::{Answer, Refusal},
    page::Asked,
    reply::{self, Wait},
};
use crate::state::State;

/// Which jobs are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    state: Option<JobState>,
    disk: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Jobs, newest first.
pub(super) async fn list(which: Query<Which>, state: Data<State>) -> Answer {
    let asked = Asked::new(which.limit, which.cursor.as_deref())?;
    let disk = match &which.disk {
        // A disk that is gone has jobs all the same.
        Some(text) => match text.parse() {
            Ok(id) => Some(id),
            Err(_) => Some(state.engine.disk(text).await?.id),
        },
        None => None,
    };
    let limit = asked.limit + 1;
    let filter = JobFilter { state: which.state, disk, before: asked.after, limit };
    let jobs = state.jobs.list(&filter).await?;
    if let (true, Some(text)) = (jobs.is_empty(), &which.disk) {
        // None of these; of a disk that never was there is nothing at all.
        let any = JobFilter { disk, limit: 1, ..JobFilter::default() };
        if state.jobs.list(&any).await?.is_empty() {
            state.engine.snapshots(Some(text)).await?;
        }
    }
    reply::json(&asked.first(jobs, |job| job.id))
}

/// One job; `Prefer: wait=N` waits for its end.
pub(super) async fn show(
    request: HttpRequest,
    id: Path<String>,
    _: NoParameters,
    state: Data<State>,
) -> Answer {
    let mut answer = reply::job(Wait::of(&request)?, &state, parse(&id)?).await?;
    *answer.status_mut() = StatusCode::OK;
    answer.headers_mut().remove(header::LOCATION);
    Ok(answer)
}

/// Stops a job.
pub(super) async fn cancel(id: Path<String>, _: NoParameters, state: Data<State>) -> Answer {
    let (id, jobs) = (parse(&id)?, Arc::clone(&state.jobs));
    let job = state.threads.finish(async move { jobs.cancel(id).await }).await?;
    Ok(reply::accepted(StatusCode::ACCEPTED, id).json(job))
}

fn parse(text: &str) -> Result<JobId, Refusal> {
    text.parse().map_err(|_| Refusal::new(Code::JobNotFound, format!("there is no job {text}")))
}
