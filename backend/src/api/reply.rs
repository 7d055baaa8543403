//! Answers that several routes give: JSON, something made, a job that is waited for.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use serde::Serialize;
use shared::{Code, JobId};

use super::error::{Answer, Refusal};
use crate::state::State;

/// The longest that an answer waits for a job.
const PATIENCE: u64 = 60;

/// JSON that is to be asked for again when it is wanted again.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in it")]
pub(super) fn json(value: &impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(value))
}

/// Something that was made.
pub(super) fn made(location: &str, body: String) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(body)
}

/// How long a request waits for a job's end: `Prefer: wait=N`, in seconds (RFC 7240).
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait(Option<u64>);

impl Wait {
    /// What a request says; other preferences are somebody else's.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let prefer = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
        let mut all = prefer.flat_map(|value| value.split([',', ';']));
        let wait = all.find_map(|it| {
            let (name, value) = it.split_once('=')?;
            name.trim().eq_ignore_ascii_case("wait").then(|| value.trim())
        });
        let Some(wait) = wait else { return Ok(Self(None)) };
        let seconds = wait.trim_matches('"').parse::<u64>().map_err(|_| {
            let detail = format!("Prefer: wait={wait} is no number of seconds");
            Refusal::new(Code::InvalidRequest, detail)
        })?;
        Ok(Self(Some(seconds.min(PATIENCE))))
    }
}

/// A job, waited for as long as the request says.
pub(super) async fn job(Wait(wait): Wait, state: &State, id: JobId) -> Answer {
    let found = match wait {
        None => state.jobs.get(id).await?,
        Some(seconds) => tokio::select! {
            job = state.jobs.wait(id, Duration::from_secs(seconds)) => job?,
            () = state.stopped() => state.jobs.get(id).await?,
        },
    };
    let waited = wait.is_some() && found.status.is_final();
    let status = if waited { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut answer = accepted(status, id);
    if let Some(seconds) = wait {
        answer.insert_header(("preference-applied", format!("wait={seconds}")));
    }
    Ok(answer.json(found))
}

/// An answer that tells of a job.
pub(super) fn accepted(status: StatusCode, id: JobId) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::LOCATION, format!("/api/v1/jobs/{id}")))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    answer
}
