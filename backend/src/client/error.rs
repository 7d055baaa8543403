//! Why a call failed: the line, the server, what it refused, or a file on this side.

use shared::{Code, Problem};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody answers, or an answer broke off.
    #[error("cannot reach the server at {server}: {what}")]
    Unreachable {
        server: String,
        what: String,
        /// Whether it may have heard what it was asked.
        may_have_heard: bool,
    },
    /// What answers does not keep to the contract.
    #[error("what answers at {server} does not speak this release's API: {what}")]
    Foreign { server: String, what: String },
    /// The server said why, or a job of it.
    #[error("{}", .0.detail)]
    Refused(Problem),
    /// A file on this side could not be read or written, or it was asked to stop.
    #[error(transparent)]
    Here(#[from] engine::Error),
}

impl ClientError {
    /// The problem, as an embedded command would tell it.
    pub(crate) fn problem(&self) -> Problem {
        let help = match self {
            Self::Refused(problem) => return problem.clone(),
            Self::Here(error) => return error.problem(),
            Self::Unreachable { .. } => {
                "start it with `skikt serve`, and give the address that it prints with --server URL"
            }
            Self::Foreign { .. } => {
                "give the address that `skikt serve` prints, of the same release as this command"
            }
        };
        Problem {
            code: Code::ServerUnreachable,
            detail: self.to_string(),
            help: Some(help.to_owned()),
        }
    }

    /// Whether the server may have done what it was asked.
    pub(super) const fn may_be_done(&self) -> bool {
        matches!(self, Self::Unreachable { may_have_heard: true, .. })
    }

    /// Whether the same may succeed in a moment.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(problem) => matches!(problem.code, Code::Stopping),
            Self::Foreign { .. } | Self::Here(_) => false,
        }
    }
}

impl From<engine::SourceError> for ClientError {
    fn from(error: engine::SourceError) -> Self {
        Self::Here(error.into())
    }
}
