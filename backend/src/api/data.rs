//! Bytes of disks, whole or in ranges (RFC 9110, sections 13 and 14).

use std::ops::Range;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::SizedStream,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
    web::Bytes,
};
use futures::{Stream, TryStreamExt as _, stream};
use shared::Code;

use super::error::Refusal;

/// What of some bytes a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    length: u64,
    etag: Option<String>,
    part: Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// None: it has them already.
    Nothing,
    Whole,
    Range(Range<u64>),
    /// A range that does not lie on the disk.
    Outside,
}

impl Wanted {
    /// What a request wants of `length` bytes, which are the same as long as `tag` is.
    pub(super) fn of(
        request: &HttpRequest,
        length: u64,
        tag: Option<&str>,
    ) -> Result<Self, Refusal> {
        let etag = tag.map(|tag| format!("\"{tag}\""));
        let text = |name: HeaderName| request.headers().get(name).and_then(|it| it.to_str().ok());
        let names_it = |list: &str| {
            list.trim() == "*" || list.split(',').any(|it| Some(it.trim()) == etag.as_deref())
        };
        if text(header::IF_MATCH).is_some_and(|list| !names_it(list)) {
            let detail = "the bytes are not those that If-Match names";
            return Err(Refusal::new(Code::PreconditionFailed, detail));
        }
        let known = |list: &str| {
            let list: Vec<_> =
                list.split(',').map(|it| it.trim().trim_start_matches("W/")).collect();
            etag.is_some() && names_it(&list.join(","))
        };
        // A range of other bytes than the client has a part of would not fit to them.
        let fits = text(header::IF_RANGE).is_none_or(|it| Some(it) == etag.as_deref());
        let part = match text(header::RANGE) {
            _ if text(header::IF_NONE_MATCH).is_some_and(known) => Part::Nothing,
            Some(range) if fits && *request.method() == Method::GET => part_of(range, length),
            _ => Part::Whole,
        };
        Ok(Self { length, etag, part })
    }

    /// The answer, as a file of that name, from what `read` gives.
    pub(super) fn answer<S: Stream<Item = Result<Bytes, engine::Error>> + 'static>(
        self,
        request: &HttpRequest,
        name: &str,
        read: impl FnOnce(Range<u64>) -> S,
    ) -> HttpResponse {
        let Self { length, etag, part } = self;
        let (status, range) = match part {
            Part::Nothing => (StatusCode::NOT_MODIFIED, 0..0),
            Part::Whole => (StatusCode::OK, 0..length),
            Part::Range(range) => (StatusCode::PARTIAL_CONTENT, range),
            Part::Outside => return outside(length),
        };
        let mut answer = HttpResponse::build(status);
        answer.insert_header((header::ACCEPT_RANGES, "bytes"));
        match etag {
            Some(etag) => answer
                .insert_header((header::ETAG, etag))
                .insert_header((header::CACHE_CONTROL, "private, no-cache")),
            None => answer.insert_header((header::CACHE_CONTROL, "no-store")),
        };
        if status == StatusCode::NOT_MODIFIED {
            return answer.finish();
        }
        if status == StatusCode::PARTIAL_CONTENT {
            let content = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            answer.insert_header((header::CONTENT_RANGE, content));
        }
        // Names have no characters that would have to be quoted.
        let disposition = format!("attachment; filename=\"{name}\"");
        answer
            .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
            .insert_header((header::CONTENT_DISPOSITION, disposition));
        let count = range.end - range.start;
        if *request.method() == Method::HEAD {
            send(answer, count, stream::empty())
        } else {
            send(answer, count, read(range))
        }
    }
}

fn send<S: Stream<Item = Result<Bytes, engine::Error>> + 'static>(
    mut answer: HttpResponseBuilder,
    count: u64,
    bytes: S,
) -> HttpResponse {
    // It is too late for a refusal: the connection breaks off, so nobody takes it for the whole.
    let bytes = bytes.inspect_err(|error| tracing::error!(%error, "the bytes broke off"));
    answer.body(SizedStream::new(count, bytes))
}

/// The refusal of a range that does not lie on the disk.
pub(super) fn outside(length: u64) -> HttpResponse {
    let detail = format!("the range does not lie within the {length} bytes");
    let refusal = Refusal::new(Code::RangeNotSatisfiable, detail);
    let mut response = actix_web::ResponseError::error_response(&refusal);
    if let Ok(value) = format!("bytes */{length}").parse() {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// The range that is asked for. What is no range of bytes, or several, is answered with the whole,
/// as a server may.
fn part_of(text: &str, length: u64) -> Part {
    let range = || {
        let (unit, range) = text.split_once('=')?;
        let (first, last) = range.trim().split_once('-')?;
        let number = |digits: &str| match digits {
            "" => Some(None),
            _ if !digits.bytes().all(|byte| byte.is_ascii_digit()) => None,
            digits => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        };
        let known = unit.trim().eq_ignore_ascii_case("bytes");
        known.then_some((number(first.trim())?, number(last.trim())?))
    };
    match range() {
        None | Some((None, None)) => Part::Whole,
        Some((Some(first), Some(last))) if last < first => Part::Whole,
        Some((None, Some(0))) => Part::Outside,
        Some((None, Some(_))) if length == 0 => Part::Outside,
        Some((None, Some(count))) => Part::Range(length.saturating_sub(count)..length),
        Some((Some(first), _)) if first >= length => Part::Outside,
        Some((Some(first), last)) => {
            Part::Range(first..last.map_or(length, |last| length.min(last.saturating_add(1))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, part) in [
            ("bytes=0-0", Part::Range(0..1)),
            ("bytes=10-", Part::Range(10..100)),
            ("Bytes = 10-19", Part::Range(10..20)),
            ("bytes=90-1000", Part::Range(90..100)),
            ("bytes=-30", Part::Range(70..100)),
            ("bytes=-1000", Part::Range(0..100)),
            ("bytes=0-99999999999999999999", Part::Range(0..100)),
            ("bytes=100-", Part::Outside),
            ("bytes=-0", Part::Outside),
            ("bytes=1-0", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("sectors=0-1", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(part_of(text, 100), part, "{text}");
        }
    }
}
