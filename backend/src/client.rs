//! A server, asked over HTTP: `docs/api.md` as calls with the types that cross the wire.
//!
//! Calls block: a command does one thing at a time, and hears of Ctrl-C on another thread.

mod address;
mod calls;
mod download;
mod error;
mod jobs;
mod patience;
mod upload;

use std::{io, time::Duration};

use engine::Progress;
use serde::{Serialize, de::DeserializeOwned};
use shared::Problem;
use ureq::{
    Agent, AsSendBody, Body,
    http::{Method, Request, Response, StatusCode, request},
};
use url::Url;

pub(crate) use self::{address::Address, error::ClientError};

/// How long a server may take to be there.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server that answers may be silent amid an answer.
const SILENCE: Duration = Duration::from_mins(1);

/// Idle connections are closed before the server does, at 5 seconds.
const IDLE: Duration = Duration::from_secs(3);

/// Who watches long work: also told what is being done.
pub(crate) trait Watch: Progress {
    /// What is being done from now on, in a few words.
    fn phase(&self, phase: &str);
}

/// A server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    address: Address,
}

impl Client {
    /// The server at an address, which is asked nothing yet.
    pub(crate) fn new(address: Address) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // One's own server is asked itself, whatever stands between others and the world.
            .proxy(None)
            .timeout_connect(Some(CONNECT))
            .max_idle_age(IDLE)
            .user_agent(concat!("skikt/", env!("CARGO_PKG_VERSION")));
        Self { agent: config.build().new_agent(), address }
    }

    /// The route of these segments, whatever characters they have.
    fn route(&self, segments: &[&str]) -> Url {
        self.address.route(segments)
    }

    fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, ClientError> {
        self.read(self.send(request(&Method::GET, url), ())?)
    }

    fn send_json<T: DeserializeOwned>(
        &self,
        method: &Method,
        url: &Url,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let request = request(method, url).header("content-type", "application/json");
        self.read(self.send(request, to_json(body))?)
    }

    fn delete(&self, url: &Url) -> Result<(), ClientError> {
        self.send(request(&Method::DELETE, url), ()).map(drop)
    }

    /// Sends a request; what the server refuses is an error.
    fn send(
        &self,
        request: request::Builder,
        body: impl AsSendBody,
    ) -> Result<Response<Body>, ClientError> {
        let request = request.body(body).map_err(|error| self.unreachable(&error.into()))?;
        self.run(request)
    }

    /// The same for a request whose answer comes as it is made: no byte for too long is an error.
    fn send_lively(
        &self,
        request: request::Builder,
        body: impl AsSendBody,
    ) -> Result<Response<Body>, ClientError> {
        let request = request.body(body).map_err(|error| self.unreachable(&error.into()))?;
        let request = self.agent.configure_request(request);
        self.run(request.timeout_per_read(Some(SILENCE)).build())
    }

    fn run(&self, request: Request<impl AsSendBody>) -> Result<Response<Body>, ClientError> {
        let answer = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        if status.is_success() { Ok(answer) } else { Err(self.refused(status, answer)) }
    }

    fn read<T: DeserializeOwned>(&self, answer: Response<Body>) -> Result<T, ClientError> {
        let bytes = self.whole(answer)?;
        serde_json::from_slice(&bytes).map_err(|error| self.foreign(&error.to_string()))
    }

    fn whole(&self, answer: Response<Body>) -> Result<Vec<u8>, ClientError> {
        let body = answer.into_body().into_with_config().limit(u64::MAX);
        body.read_to_vec().map_err(|error| self.unreachable(&error))
    }

    /// The problem that an answer is.
    fn refused(&self, status: StatusCode, answer: Response<Body>) -> ClientError {
        match self.whole(answer) {
            Ok(bytes) => match serde_json::from_slice::<Problem>(&bytes) {
                Ok(problem) => ClientError::Refused(problem),
                Err(_) => self.foreign(&format!("it answers {status}")),
            },
            Err(error) => error,
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> ClientError {
        let may_have_heard = may_have_heard(error);
        let (server, what) = (self.address.to_string(), error.to_string());
        ClientError::Unreachable { server, what, may_have_heard }
    }

    fn broke_off(&self, error: &io::Error) -> ClientError {
        let what = format!("the connection broke off: {error}");
        ClientError::Unreachable { server: self.address.to_string(), what, may_have_heard: true }
    }

    fn foreign(&self, what: &str) -> ClientError {
        ClientError::Foreign { server: self.address.to_string(), what: what.to_owned() }
    }
}

/// Whether a server may have heard a request that failed so.
fn may_have_heard(error: &ureq::Error) -> bool {
    let was_refused = matches!(error, ureq::Error::Io(error)
        if error.kind() == io::ErrorKind::ConnectionRefused);
    let was_not_found = matches!(
        error,
        ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve)
    );
    !was_refused && !was_not_found
}

fn request(method: &Method, url: &Url) -> request::Builder {
    Request::builder().method(method).uri(url.as_str())
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("requests have no failing parts")
}
