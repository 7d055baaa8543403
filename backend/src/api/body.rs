//! A request's JSON: its media type, its length, its fields; and what says nothing at all.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    web::{Bytes, BytesMut, Query},
};
use futures::StreamExt as _;
use serde::{Deserialize, de::DeserializeOwned};
use shared::Code;

use super::error::Refusal;

/// The longest JSON that is read.
const MAX_JSON: usize = 1 << 20;

/// The body of a request that says nothing more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The query of a request that takes no parameters: one that has some is refused.
pub(super) type NoParameters = Query<Nothing>;

/// A request's JSON; an empty body is an object without fields.
#[derive(Debug)]
pub(super) struct Json<T> {
    pub(super) value: T,
    /// As it came, to be known again.
    pub(super) bytes: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let mut bytes = BytesMut::new();
            while let Some(part) = payload.next().await {
                let part = part.map_err(|error| {
                    Refusal::new(Code::InvalidRequest, format!("the body broke off: {error}"))
                })?;
                if bytes.len() + part.len() > MAX_JSON {
                    let detail = format!("the body is longer than {MAX_JSON} bytes of JSON");
                    return Err(Refusal::new(Code::BodyTooLarge, detail)
                        .help("send a disk's bytes to its `data` route, in pieces"));
                }
                bytes.extend_from_slice(&part);
            }
            let media_type = request.content_type();
            let is_json = media_type.eq_ignore_ascii_case("application/json");
            if !(is_json || bytes.is_empty() && media_type.is_empty()) {
                let detail = format!("{media_type:?} is not taken here");
                return Err(
                    Refusal::new(Code::UnsupportedMediaType, detail).help("send application/json")
                );
            }
            let json: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
            // A list of its fields' values would do for the parser.
            if json.trim_ascii_start().first() == Some(&b'[') {
                let detail = "the body is a list, and must be an object";
                return Err(Refusal::new(Code::InvalidRequest, detail)
                    .help("GET /api/v1/docs shows every field"));
            }
            let value = serde_json::from_slice(json).map_err(|error| {
                Refusal::new(
                    Code::InvalidRequest,
                    format!("the body is not as it must be: {error}"),
                )
                .help("GET /api/v1/docs shows every field")
            })?;
            Ok(Self { value, bytes: bytes.freeze() })
        })
    }
}
