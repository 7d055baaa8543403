//! Why a call to the API gave no value.

use shared::Problem;

/// Why a call to the API gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No answer came.
    #[error("The server did not answer.")]
    Network {
        /// What the browser says of it.
        reason: String,
    },
    /// A file of this computer could not be read.
    #[error("The file cannot be read any more: it was changed or moved since it was chosen.")]
    File,
    /// The server refused, and said why.
    #[error("{}", .problem.detail)]
    Refused {
        /// Its words.
        problem: Problem,
        /// What the server's log calls the request.
        request_id: Option<String>,
    },
    /// An answer came that is not of our making, from a proxy for one.
    #[error("The server's answer could not be read (status {status}).")]
    Unreadable {
        /// The HTTP status that came with it.
        status: u16,
        /// What the server's log calls the request.
        request_id: Option<String>,
    },
}

impl ApiError {
    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Network { .. } => {
                Some("Check that `skikt serve` runs, and that this page came from it.")
            }
            Self::File => Some("Choose it again, when nothing writes to it."),
            Self::Refused { problem, .. } => problem.help.as_deref(),
            Self::Unreadable { .. } => {
                Some("Reload the page: it may be older than the server, or a proxy stands between.")
            }
        }
    }

    /// The refusal's stable code.
    pub fn code(&self) -> Option<shared::Code> {
        match self {
            Self::Refused { problem, .. } => Some(problem.code),
            Self::Network { .. } | Self::File | Self::Unreadable { .. } => None,
        }
    }

    /// What the server's log calls the request.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Network { .. } | Self::File => None,
            Self::Refused { request_id, .. } | Self::Unreadable { request_id, .. } => {
                request_id.as_deref()
            }
        }
    }
}
