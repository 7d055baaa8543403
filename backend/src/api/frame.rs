//! What is done with every request: it is given an id and a span, must come from where it may, and
//! is answered whatever happens.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    time::Instant,
};

use actix_web::{
    Error, ResponseError as _,
    body::{self, BodySize, BoxBody, MessageBody, SizedStream},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
        uri::Authority,
    },
    middleware::Next,
    web::{Bytes, Data},
};
use futures::{FutureExt as _, stream};
use shared::Code;
use tracing::Instrument as _;

use super::error::Refusal;
use crate::{codings::takes, state::State};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The names by which the server is known: what a browser may write into `Host`.
#[derive(Debug)]
pub(crate) struct Hosts {
    port: u16,
    names: Vec<String>,
    /// Whether any address will do, since it listens at all of them. No name of somebody else's
    /// can be made to look like one.
    any_address: bool,
}

impl Hosts {
    pub(crate) fn new(address: SocketAddr, allowed: &[String]) -> Self {
        let mut names: Vec<_> = allowed.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()]);
        names.push(match address.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
        Self { port: address.port(), names, any_address: address.ip().is_unspecified() }
    }

    /// Whether a `Host` is this server's. A name that was allowed may come with any port, since
    /// what stands before the server has its own.
    fn know(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host.as_str(), Some(80)),
        };
        let own = self.names.len() - 4;
        let is_address = || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        match self.names.iter().position(|it| it == name) {
            Some(at) if at < own => port.is_some(),
            Some(_) => port == Some(self.port),
            None => self.any_address && is_address() && port == Some(self.port),
        }
    }
}

/// The frame around every answer.
pub(crate) async fn frame(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = request_id(&request);
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let span = tracing::info_span!("request", id = %id, %method, path);
    let is_measured = prepare(&mut request);
    let refused = request.app_data::<Data<Hosts>>().and_then(|it| refuse(it, &request).err());
    let answer = if let Some(refusal) = refused {
        Ok(request.error_response(refusal))
    } else {
        let answered = next.call(request).instrument(span.clone());
        let answered = AssertUnwindSafe(answered).catch_unwind().await;
        answered.map_or_else(|_| Err(fault(&id)), |it| it.map(ServiceResponse::map_into_boxed_body))
    };
    let _entered = span.enter();
    let duration_ms = started.elapsed().as_millis() as u64;
    let mut answer = answer.inspect_err(|error| {
        tracing::error!(status = 500, duration_ms, %error, "answered");
    })?;
    if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        answer = method_not_allowed(answer, &method);
    }
    if is_measured {
        answer = without_body(answer);
    }
    let status = answer.status().as_u16();
    if answer.status().is_server_error() {
        let error = answer.response().error().map(ToString::to_string);
        tracing::error!(status, duration_ms, error, "answered");
    } else {
        tracing::info!(status, duration_ms, "answered");
    }
    sign(answer.headers_mut(), &id);
    Ok(answer)
}

/// What every answer carries.
fn sign(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The answer to a request that met a fault; of what it was, the log tells.
fn fault(id: &str) -> Error {
    let detail = format!("a fault in Skikt itself; the log has it as request {id}");
    let refusal = Refusal::new(Code::Internal, detail);
    let mut response = refusal.error_response();
    sign(response.headers_mut(), id);
    InternalError::from_response(refusal, response).into()
}

/// The id that the request came with, if it is one that can be logged; else a new one.
fn request_id(request: &ServiceRequest) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let sane = |id: &&str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let state = request.app_data::<Data<State>>();
    let new = || state.map_or_else(String::new, |state| state.engine.new_uuid().to_string());
    given.filter(sane).map_or_else(new, str::to_owned)
}

/// Makes of a request one that handlers know. Says whether it is a HEAD that was made a GET, whose
/// answer's body nobody wants.
fn prepare(request: &mut ServiceRequest) -> bool {
    let (path, headers) = (request.path(), request.headers());
    let has_own_head = path.ends_with("/data") || !path.starts_with("/api/");
    let encodings = headers.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok());
    // Streams and disks' bytes are never compressed: a stream must not be held back, and a range is
    // one of the bytes as they are. Who takes nothing at all gets them as they are, too.
    let as_they_are = path.ends_with("/data")
        || path.ends_with("/events")
        || encodings.is_some_and(|it| !takes_any(it));
    if as_they_are {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    let is_measured = *request.method() == Method::HEAD && !has_own_head;
    if is_measured {
        request.head_mut().method = Method::GET;
    }
    is_measured
}

/// Whether an `Accept-Encoding` leaves anything that can be sent.
fn takes_any(encodings: &str) -> bool {
    // As it is, it is taken unless somebody says that it is not.
    let as_it_is = takes(&format!("*, {encodings}"), "identity");
    as_it_is || ["br", "gzip", "deflate"].iter().any(|coding| takes(encodings, coding))
}

/// The same answer without its body.
fn without_body(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    answer.map_body(|_, body| match body.size() {
        BodySize::Sized(length) => {
            BoxBody::new(SizedStream::new(length, stream::empty::<Result<Bytes, Infallible>>()))
        }
        BodySize::None | BodySize::Stream => BoxBody::new(body::None::new()),
    })
}

/// An error unless the request comes from where it may.
fn refuse(hosts: &Hosts, request: &ServiceRequest) -> Result<(), Refusal> {
    let headers = request.headers();
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let authority = request.uri().authority().map(Authority::as_str);
    let Some(host) = text(header::HOST).or(authority).filter(|host| hosts.know(host)) else {
        let detail = "the request is for a host that is not this server's";
        return Err(Refusal::new(Code::ForeignOrigin, detail)
            .help("use the address that the server printed, or start it with --allow-host NAME"));
    };
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    if is_foreign(host, headers) {
        let detail = "a page of another server may not change anything here";
        return Err(Refusal::new(Code::ForeignOrigin, detail)
            .help("send it without an Origin, or from the server's own pages"));
    }
    Ok(())
}

/// Whether a browser says that the request comes from a page of another server.
fn is_foreign(host: &str, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let origin = text(header::ORIGIN);
    let other_origin = origin.is_some_and(|origin| {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    });
    other_origin || site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

/// The same answer with words to it.
fn method_not_allowed(
    answer: ServiceResponse<BoxBody>,
    method: &Method,
) -> ServiceResponse<BoxBody> {
    let allow = answer.headers().get(header::ALLOW).cloned();
    let detail = format!("{} does not take {method}", answer.request().path());
    let mut response = Refusal::new(Code::MethodNotAllowed, detail).error_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    answer.into_response(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_name_and_port() {
        let address = "127.0.0.1:8080".parse().unwrap();
        let hosts = Hosts::new(address, &["skikt.example".to_owned()]);
        for known in
            ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "LOCALHOST:8080", "skikt.example"]
        {
            assert!(hosts.know(known), "{known}");
        }
        for foreign in
            ["localhost", "localhost:8081", "evil.example:8080", "10.0.0.1:8080", "", "[::1]"]
        {
            assert!(!hosts.know(foreign), "{foreign}");
        }
        let everywhere = Hosts::new("0.0.0.0:8080".parse().unwrap(), &[]);
        assert!(everywhere.know("10.0.0.1:8080"));
        assert!(!everywhere.know("evil.example:8080"));
    }
}
