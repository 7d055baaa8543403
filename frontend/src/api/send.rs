//! Requests and answers: the status is looked at before the body.

use std::cell::Cell;

use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use web_sys::AbortSignal;

use super::{Answer, ApiError, ByteRange};

const ROOT: &str = "/api/v1/";

/// An answer that takes longer than this is none: a page would wait for it for ever.
const PATIENCE_MS: u32 = 60_000;

/// For so long what is sent again is taken for the same wish.
const SAME_WISH_MS: f64 = 600_000.0;

thread_local! {
    /// The last request that makes something and was not answered, with its key and when it was
    /// sent. Sent again it has the same key, so that the server does it once.
    static UNANSWERED: Cell<Option<(String, String, f64)>> = const { Cell::new(None) };
}

/// The methods that change something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Post,
    Patch,
    Delete,
}

/// The parameters of a request, of which those that are `None` are left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    pub(super) fn and<T: ToString>(mut self, name: &'static str, value: Option<T>) -> Self {
        self.0.extend(value.map(|value| (name, value.to_string())));
        self
    }

    pub(super) fn range(self, range: Option<ByteRange>) -> Self {
        self.and("offset_bytes", range.map(|range| range.offset_bytes))
            .and("length_bytes", range.map(|range| range.length_bytes))
    }

    fn put_on(&self, request: RequestBuilder) -> RequestBuilder {
        request.query(self.0.iter().map(|(name, value)| (*name, value)))
    }
}

/// An answer that is no refusal, not looked into yet.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    request_id: Option<String>,
    text: String,
}

impl Received {
    /// The value in it.
    pub(super) fn read<T: DeserializeOwned>(self) -> Answer<T> {
        let Self { status, request_id, text } = self;
        serde_json::from_str(&text).map_err(|_| ApiError::Unreadable { status, request_id })
    }
}

pub(super) fn url(path: &str) -> String {
    format!("{ROOT}{path}")
}

pub(super) async fn get<T: DeserializeOwned>(path: &str, query: &Query) -> Answer<T> {
    let signal = AbortSignal::timeout_with_u32(PATIENCE_MS);
    let request = query.put_on(Request::get(&url(path))).abort_signal(Some(&signal));
    receive(request.send().await).await?.read()
}

pub(super) async fn get_bytes(
    path: &str,
    query: &Query,
    abort: Option<&AbortSignal>,
) -> Answer<Vec<u8>> {
    bytes(query.put_on(Request::get(&url(path))).abort_signal(abort)).await
}

pub(super) async fn get_range(path: &str, range: ByteRange) -> Answer<Vec<u8>> {
    let last = range.offset_bytes + range.length_bytes.saturating_sub(1);
    let wanted = format!("bytes={}-{last}", range.offset_bytes);
    let signal = AbortSignal::timeout_with_u32(PATIENCE_MS);
    let request = Request::get(&url(path)).header("range", &wanted);
    bytes(request.abort_signal(Some(&signal))).await
}

pub(super) async fn put_range(
    path: &str,
    offset_bytes: u64,
    bytes: &[u8],
    abort: &AbortSignal,
) -> Answer<()> {
    let last = offset_bytes + (bytes.len() as u64).saturating_sub(1);
    let request = Request::put(&url(path))
        .abort_signal(Some(abort))
        .header("content-type", "application/octet-stream")
        .header("content-range", &format!("bytes {offset_bytes}-{last}/*"))
        .body(Uint8Array::from(bytes))
        .map_err(network)?;
    accept(request.send().await).await.map(drop)
}

pub(super) async fn send<B: Serialize>(verb: Verb, path: &str, body: &B) -> Answer<Received> {
    let body = serde_json::to_string(body)
        .map_err(|error| ApiError::Network { reason: error.to_string() })?;
    send_text(verb, path, &Query::default(), Some(body)).await
}

pub(super) async fn send_nothing(verb: Verb, path: &str, query: &Query) -> Answer<Received> {
    send_text(verb, path, query, None).await
}

async fn send_text(
    verb: Verb,
    path: &str,
    query: &Query,
    body: Option<String>,
) -> Answer<Received> {
    let url = url(path);
    let wish = matches!(verb, Verb::Post)
        .then(|| format!("{url} {}", body.as_deref().unwrap_or_default()));
    let key = wish.as_deref().map(key_of).unwrap_or_default();
    let builder = match verb {
        Verb::Post => Request::post(&url).header("idempotency-key", &key),
        Verb::Patch => Request::patch(&url),
        Verb::Delete => Request::delete(&url),
    };
    let builder = query.put_on(builder);
    let answer = match body {
        Some(body) => {
            let builder = builder.header("content-type", "application/json");
            builder.body(body).map_err(network)?.send().await
        }
        None => builder.send().await,
    };
    if let (Err(_), Some(wish)) = (&answer, wish) {
        UNANSWERED.set(Some((wish, key, js_sys::Date::now())));
    }
    receive(answer).await
}

/// A key that no other wish has.
fn key_of(wish: &str) -> String {
    let is_it = |(same, _, at): &(String, String, f64)| {
        same == wish && js_sys::Date::now() - at < SAME_WISH_MS
    };
    let known = UNANSWERED.take().filter(is_it).map(|(_, key, _)| key);
    let random = || js_sys::Math::random().to_bits();
    known.unwrap_or_else(|| format!("{:x}-{:x}", random(), random()))
}

async fn bytes(request: RequestBuilder) -> Answer<Vec<u8>> {
    let response = accept(request.send().await).await?;
    response.binary().await.map_err(network)
}

async fn receive(answer: Result<Response, gloo_net::Error>) -> Answer<Received> {
    let response = accept(answer).await?;
    let (status, request_id) = (response.status(), request_id(&response));
    match response.text().await {
        Ok(text) => Ok(Received { status, request_id, text }),
        Err(_) => Err(ApiError::Unreadable { status, request_id }),
    }
}

async fn accept(answer: Result<Response, gloo_net::Error>) -> Answer<Response> {
    let response = answer.map_err(network)?;
    if response.ok() {
        return Ok(response);
    }
    let (status, request_id) = (response.status(), request_id(&response));
    let text = response.text().await.unwrap_or_default();
    Err(match serde_json::from_str(&text) {
        Ok(problem) => ApiError::Refused { problem, request_id },
        Err(_) => ApiError::Unreadable { status, request_id },
    })
}

fn request_id(response: &Response) -> Option<String> {
    response.headers().get("x-request-id")
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn network(error: gloo_net::Error) -> ApiError {
    ApiError::Network { reason: error.to_string() }
}
