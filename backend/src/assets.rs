//! The dashboard's files: built in, served as browsers like them best.

use std::{io, path::PathBuf};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::Data,
};
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};
use shared::Code;

use crate::{
    api::error::{Answer, Refusal},
    codings::takes,
};

/// What the dashboard's build made; nothing if it was not built.
#[derive(RustEmbed)]
#[folder = "../target/dashboard"]
#[allow_missing = true]
struct BuiltIn;

/// What is shown when the dashboard was not built.
const NO_DASHBOARD: &str = include_str!("assets/none.html");

/// The dashboard's files.
#[derive(Debug)]
pub(crate) struct Assets {
    folder: Option<PathBuf>,
}

/// A file's bytes and their hash.
struct File {
    bytes: Vec<u8>,
    etag: String,
}

impl Assets {
    /// Those built in, or those in a folder.
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Self> {
        Ok(Self { folder: folder.map(|folder| folder.canonicalize()).transpose()? })
    }

    fn file(&self, path: &str) -> Option<File> {
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
        if !path.split('/').all(plain) {
            return None;
        }
        let bytes = match &self.folder {
            Some(folder) => std::fs::read(folder.join(path)).ok()?,
            None => BuiltIn::get(path)?.data.into_owned(),
        };
        let etag = format!("\"{}\"", &BASE64.encode(Sha256::digest(&bytes))[..22]);
        Some(File { bytes, etag })
    }

    /// What a page may load: of this server only, and of inline scripts those it came with.
    fn policy(page: &str) -> String {
        let scripts: String = inline_scripts(page)
            .map(|script| format!(" 'sha256-{}'", BASE64.encode(Sha256::digest(script))))
            .collect();
        format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
             connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
    }
}

/// Whatever is not the API: a file, or the page whose scripts know the path.
pub(crate) async fn serve(request: HttpRequest, assets: Data<Assets>) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let detail = format!("{} does not take {}", request.path(), request.method());
        let mut refused = Refusal::new(Code::MethodNotAllowed, detail).error_response();
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(refused);
    }
    let path = request.path().trim_start_matches('/');
    let said = |name| request.headers().get(name).and_then(|it| it.to_str().ok());
    if !path.is_empty() && path != "index.html" {
        if let Some(file) = assets.file(path) {
            let encoded = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(name, suffix)| {
                let wanted = said(header::ACCEPT_ENCODING).is_some_and(|it| takes(it, name));
                Some((name, assets.file(&format!("{path}.{suffix}")).filter(|_| wanted)?))
            });
            return Ok(found(&request, path, file, encoded));
        }
        // A file that is not there is no page, least of all a script.
        let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        if is_file || !said(header::ACCEPT).is_some_and(|it| it.contains("text/html")) {
            return Err(Refusal::new(Code::NotFound, format!("there is nothing at /{path}")));
        }
    }
    Ok(page(&request, assets.file("index.html")))
}

fn found(
    request: &HttpRequest,
    path: &str,
    file: File,
    encoded: Option<(&'static str, File)>,
) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, media_type(path)))
        .insert_header((header::VARY, "accept-encoding"));
    let caching = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    answer.insert_header((header::CACHE_CONTROL, caching));
    let file = match encoded {
        Some((name, encoded)) => {
            answer.insert_header((header::CONTENT_ENCODING, name));
            encoded
        }
        None => file,
    };
    with_etag(request, answer, file)
}

fn page(request: &HttpRequest, file: Option<File>) -> HttpResponse {
    let file = file.unwrap_or_else(|| File {
        bytes: NO_DASHBOARD.as_bytes().to_owned(),
        etag: "\"none\"".to_owned(),
    });
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            Assets::policy(&String::from_utf8_lossy(&file.bytes)),
        ))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header(("cross-origin-opener-policy", "same-origin"));
    with_etag(request, answer, file)
}

fn with_etag(
    request: &HttpRequest,
    mut answer: actix_web::HttpResponseBuilder,
    file: File,
) -> HttpResponse {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|it| it.to_str().ok());
    answer.insert_header((header::ETAG, file.etag.clone()));
    if known.is_some_and(|known| known.split(',').any(|etag| etag.trim() == file.etag)) {
        answer.status(actix_web::http::StatusCode::NOT_MODIFIED).finish()
    } else {
        answer.body(file.bytes)
    }
}

/// Whether a file's name ends in a hash of its bytes, as the build makes it: `name-0123456789abcdef`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['-', '.', '_'])
        .any(|part| part.len() >= 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// What stands between `<script …>` and `</script>`, of scripts that are not files.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        (!attributes.contains(" src=")).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_run_the_scripts_it_came_with() {
        let page = r#"<script type="module">a</script><script src="b.js"></script>"#;
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["a"]);
        let policy = Assets::policy(page);
        let hash = "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='";
        assert!(policy.contains(hash), "{policy}");
    }

    #[test]
    fn hashed_names_are_known() {
        assert!(is_hashed("frontend-8b1a9953c4611296_bg.wasm"));
        assert!(!is_hashed("favicon.svg"));
    }
}
