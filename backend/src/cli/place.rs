//! Where a command works: a data directory, or a server; named by arguments, else by the
//! environment.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use shared::{Code, Problem};

use super::Failure;
use crate::client::Address;

/// Where a command works.
#[derive(Debug)]
pub(super) enum Place {
    /// A data directory, which this process opens.
    Data(PathBuf),
    /// A server, which is asked.
    Server(Address),
}

/// Arguments that do not go together.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub(super) struct Usage {
    detail: String,
    help: &'static str,
}

impl Usage {
    pub(super) fn new(detail: impl Into<String>, help: &'static str) -> Self {
        Self { detail: detail.into(), help }
    }

    pub(super) fn problem(&self) -> Problem {
        let (detail, help) = (self.detail.clone(), Some(self.help.to_owned()));
        Problem { code: Code::InvalidRequest, detail, help }
    }
}

impl Place {
    /// The place that `--data` or `--server` names, else `$SKIKT_SERVER`, else `$SKIKT_DATA`, else
    /// `$XDG_DATA_HOME/skikt`, else `~/.local/share/skikt`.
    pub(super) fn new(data: Option<PathBuf>, server: Option<Address>) -> Result<Self, Failure> {
        let folder = |name| variable(name).map(PathBuf::from);
        if let Some(server) = server {
            return Ok(Self::Server(server));
        }
        if let Some(data) = data {
            return Ok(Self::Data(data));
        }
        if let Some(server) = variable("SKIKT_SERVER") {
            let server = server.to_string_lossy();
            let server = server.parse().map_err(|reason| {
                let detail = format!("SKIKT_SERVER is {server:?}, which is no server: {reason}");
                Usage::new(detail, "set it to http://HOST:PORT, or unset it")
            })?;
            return Ok(Self::Server(server));
        }
        let data = folder("SKIKT_DATA")
            .or_else(|| folder("XDG_DATA_HOME").map(|home| home.join("skikt")))
            .or_else(|| folder("HOME").map(|home| home.join(".local/share/skikt")));
        data.map(Self::Data).ok_or_else(|| {
            Failure::Refused(Problem {
                code: Code::DataDirectory,
                detail: "no data directory is named, and there is no HOME to keep one in"
                    .to_owned(),
                help: Some("name one with --data DIR or in SKIKT_DATA".to_owned()),
            })
        })
    }

    /// The data directory, of a command that no server does for others.
    pub(super) fn data(&self) -> Result<&Path, Usage> {
        match self {
            Self::Data(path) => Ok(path),
            Self::Server(server) => Err(Usage::new(
                format!(
                    "this works on a data directory itself, not through the server at {server}"
                ),
                "run it where the data directory is, with --data DIR",
            )),
        }
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
