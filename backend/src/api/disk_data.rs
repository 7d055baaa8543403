//! The bytes of a disk as it is now: read at any range, and written.

use std::{ops::Range, sync::Arc};

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, BytesMut, Data, Path, Payload},
};
use futures::StreamExt as _;
use shared::{Code, DiskSource};

use super::{
    body::NoParameters,
    data::{Wanted, outside},
    error::{Answer, Refusal},
};
use crate::state::State;

/// The most that is written at once (64 MiB): a body is held in memory until all of it is here.
const MAX_BODY: u64 = 64 << 20;

/// The disk as it is now.
pub(super) async fn read(
    request: HttpRequest,
    disk: Path<String>,
    _: NoParameters,
    state: Data<State>,
) -> Answer {
    let disk = state.engine.disk(&disk).await?;
    state.roots.check(&disk)?;
    let id = disk.id.to_string();
    let reader = state.read(move |engine| async move { engine.read_disk(&id).await }).await?;
    let wanted = Wanted::of(&request, reader.size().bytes(), None)?;
    Ok(wanted.answer(&request, &format!("{}.img", disk.name), |range| reader.read(range)))
}

/// Writes to a managed disk: all of the body once all of it is here, and nothing of one that
/// breaks off.
pub(super) async fn write(
    request: HttpRequest,
    disk: Path<String>,
    _: NoParameters,
    body: Payload,
    state: Data<State>,
) -> Answer {
    let media_type = request.content_type();
    if !media_type.eq_ignore_ascii_case("application/octet-stream") {
        let detail = format!("{media_type:?} is not taken here");
        return Err(
            Refusal::new(Code::UnsupportedMediaType, detail).help("send application/octet-stream")
        );
    }
    if request.headers().get(header::IF_MATCH).is_some_and(|tags| tags != "*") {
        let detail = "a disk's bytes change, and have no tag that If-Match could name";
        return Err(Refusal::new(Code::PreconditionFailed, detail));
    }
    let disk = state.engine.disk(&disk).await?;
    let DiskSource::Managed { .. } = disk.source else {
        return Err(engine::Error::DiskNotManaged(disk.name).into());
    };
    let size = disk.size_bytes.bytes();
    let range = match request.headers().get(header::CONTENT_RANGE) {
        Some(value) => place_of(value.to_str().unwrap_or_default(), size)?,
        None => 0..size,
    };
    if range.end > size {
        return Ok(outside(size));
    }
    let bytes = read_body(&request, body, range.end - range.start).await?;
    let (engine, written) = (Arc::clone(&state.engine), Arc::clone(&state.written));
    let work = move || async move {
        engine.write_disk(&disk.id.to_string(), range.start, bytes).await?;
        written.tell(disk.id).await;
        Ok::<_, engine::Error>(())
    };
    state.threads.change(work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where `bytes A-B/*` lies, on a disk of a size that may be said in place of the star.
fn place_of(text: &str, size: u64) -> Result<Range<u64>, Refusal> {
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let range = || {
        let (unit, rest) = text.trim().split_once(' ')?;
        let (range, whole) = rest.split_once('/')?;
        let (first, last) = range.trim().split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let known = unit.eq_ignore_ascii_case("bytes") && first <= last;
        known.then_some((first..last.saturating_add(1), whole.trim()))
    };
    let refusal = |detail: String| {
        Refusal::new(Code::InvalidRequest, detail).help("give Content-Range: bytes FIRST-LAST/*")
    };
    let (range, whole) =
        range().ok_or_else(|| refusal(format!("{text:?} is no range of bytes")))?;
    if whole != "*" && number(whole) != Some(size) {
        return Err(refusal(format!("the disk has {size} bytes, not {whole}")));
    }
    Ok(range)
}

/// A body that must be so long.
async fn read_body(
    request: &HttpRequest,
    mut body: Payload,
    length: u64,
) -> Result<Bytes, Refusal> {
    if length > MAX_BODY {
        let detail = format!("{length} bytes are more than the {MAX_BODY} that are taken at once");
        return Err(Refusal::new(Code::BodyTooLarge, detail)
            .help("write in pieces, each with its Content-Range"));
    }
    let wrong = |found: &dyn std::fmt::Display| {
        Refusal::new(
            Code::InvalidRequest,
            format!("the body has {found} bytes, and its range has {length}"),
        )
        .help("say with Content-Range: bytes FIRST-LAST/* where the body goes")
    };
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    if let Some(said) = said.filter(|said| said.parse() != Ok(length)) {
        return Err(wrong(&said));
    }
    let mut bytes = BytesMut::new();
    while let Some(part) = body.next().await {
        let part = part.map_err(|error| {
            Refusal::new(Code::InvalidRequest, format!("the body broke off: {error}"))
        })?;
        bytes.extend_from_slice(&part);
        if bytes.len() as u64 > length {
            return Err(wrong(&"more"));
        }
    }
    if bytes.len() as u64 != length {
        return Err(wrong(&bytes.len()));
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_goes_where_its_range_says() {
        assert_eq!(place_of("bytes 0-511/*", 1024).unwrap(), 0..512);
        assert_eq!(place_of("Bytes 512-1023/1024", 1024).unwrap(), 512..1024);
        assert_eq!(place_of("bytes 5-99999999999999999999/*", 1024).unwrap().start, 5);
        for wrong in [
            "",
            "bytes",
            "bytes 0-1",
            "bytes */*",
            "bytes 2-1/*",
            "bytes 0-1/512",
            "bytes=0-1/*",
            "bytes +1-2/*",
            "bytes 0-/*",
            "sectors 0-1/*",
        ] {
            assert_eq!(place_of(wrong, 1024).unwrap_err().code(), Code::InvalidRequest, "{wrong}");
        }
    }
}
