//! What a refusal is as an answer: a status for every code, and the problem as its body.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use shared::{Code, Problem};

/// A request that was not done, and why.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {}", .0.code, .0.detail)]
pub(crate) struct Refusal(Problem);

/// A handler's answer.
pub(crate) type Answer = Result<HttpResponse, Refusal>;

impl Refusal {
    /// A refusal in words.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Problem { code, detail: detail.into(), help: None })
    }

    /// The same, with what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Whether it is the asker who can do something about an error, and nothing was done.
    pub(crate) fn is_askers(error: &engine::Error) -> bool {
        status(error.code()).is_client_error()
    }

    /// The problem itself.
    pub(crate) fn into_problem(self) -> Problem {
        self.0
    }

    /// What kind of problem it is.
    #[cfg(test)]
    pub(crate) const fn code(&self) -> Code {
        self.0.code
    }
}

impl From<engine::Error> for Refusal {
    fn from(error: engine::Error) -> Self {
        Self(error.problem())
    }
}

/// The body of a refusal (RFC 9457).
#[derive(Serialize)]
struct Body<'a> {
    status: u16,
    #[serde(flatten)]
    problem: &'a Problem,
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        status(self.0.code)
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let body = Body { status: status.as_u16(), problem: &self.0 };
        HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(serde_json::to_string(&body).unwrap_or_default())
    }
}

/// The status of a refusal.
pub(crate) const fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidName | Code::InvalidRequest => StatusCode::BAD_REQUEST,
        Code::PathNotAllowed | Code::ForeignOrigin => StatusCode::FORBIDDEN,
        Code::DiskNotFound | Code::SnapshotNotFound | Code::JobNotFound | Code::NotFound => {
            StatusCode::NOT_FOUND
        }
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::DiskNameTaken
        | Code::SnapshotNameTaken
        | Code::JobEnded
        | Code::NotConfirmed
        | Code::FileExists
        | Code::SnapshotInUse
        | Code::DiskNotManaged
        | Code::SourceChanged
        | Code::Cancelled
        | Code::Superseded
        | Code::DataInUse => StatusCode::CONFLICT,
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        Code::DifferentDisks
        | Code::SourceNotFound
        | Code::SourceNotADisk
        | Code::SourceSize
        | Code::SourceFormat
        | Code::SourceMalformed
        | Code::SourceParent
        | Code::SourceTruncated
        | Code::SourceUnreadable
        | Code::SkuNotAllowed
        | Code::InvalidSize
        | Code::FormatTooSmall
        | Code::IdempotencyMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        Code::ZoneDown | Code::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        Code::Corrupt
        | Code::StoreFailed
        | Code::DataDirectory
        | Code::DataVersion
        | Code::CatalogFailed
        | Code::OutputFailed
        | Code::ServerUnreachable
        | Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
