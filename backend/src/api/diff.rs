//! What differs between two snapshots: in pages of JSON, or as one CSV.

use std::{ops::Range, sync::Arc};

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data, Path, Query},
};
use engine::{DiffRequest, Granularity};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use shared::{Code, Diff, DiffItem, DiffKind};

use super::{
    error::{Answer, Refusal},
    page::at_most,
    reply,
};
use crate::state::State;

/// Runs on a page if nobody says how many, and at most.
const LIMIT: usize = 10_000;
const MAX_LIMIT: usize = 100_000;

/// What is to be compared, and how it is to be told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    base: String,
    granularity: Option<u64>,
    offset_bytes: Option<u64>,
    length_bytes: Option<u64>,
    limit: Option<usize>,
    cursor: Option<String>,
    #[serde(default)]
    format: Format,
}

/// How a difference is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

/// What differs.
pub(super) async fn show(target: Path<String>, asked: Query<Asked>, state: Data<State>) -> Answer {
    let Query(asked) = asked;
    let format = asked.format;
    let mut request = asked.request(target.into_inner())?;
    match format {
        Format::Json => reply::json(&page(&state, request).await?),
        Format::Csv => {
            request.limit = MAX_LIMIT;
            // What is wrong with the request shows now, while it can still be refused.
            let first = page(&state, request.clone()).await?;
            // A name may be given to another snapshot before the last page.
            request.base = first.base.id.to_string();
            request.target = first.target.id.to_string();
            Ok(csv(first, request, Arc::clone(&state)))
        }
    }
}

impl Asked {
    fn request(self, target: String) -> Result<DiffRequest, Refusal> {
        let granularity = match self.granularity {
            None | Some(4096) => Granularity::Block,
            Some(512) => Granularity::Sector,
            Some(other) => {
                let detail = format!("{other} is no granularity: use 4096 or 512");
                return Err(Refusal::new(Code::InvalidRequest, detail));
            }
        };
        if self.format == Format::Csv && (self.limit.is_some() || self.cursor.is_some()) {
            let detail = "a CSV has all of the difference, and no pages";
            return Err(Refusal::new(Code::InvalidRequest, detail)
                .help("leave out limit and cursor, or ask for JSON"));
        }
        let limit = self.limit.unwrap_or(LIMIT);
        at_most(MAX_LIMIT, limit, "limit")?;
        let window = window(self.offset_bytes, self.length_bytes);
        Ok(DiffRequest { base: self.base, target, granularity, window, limit, cursor: self.cursor })
    }
}

/// The bytes from an offset on, so many of them; `None`: all there are.
pub(super) fn window(offset: Option<u64>, length: Option<u64>) -> Option<Range<u64>> {
    if offset.is_none() && length.is_none() {
        return None;
    }
    let start = offset.unwrap_or(0);
    Some(start..length.map_or(u64::MAX, |length| start.saturating_add(length)))
}

async fn page(state: &State, request: DiffRequest) -> Result<Diff, Refusal> {
    state.read(|engine| async move { engine.diff_page(request).await }).await
}

/// All pages in turn, as lines.
fn csv(first: Diff, request: DiffRequest, state: Arc<State>) -> HttpResponse {
    let head = stream::once(async { "offset_bytes,length_bytes,kind\n".to_owned() });
    let pages = stream::unfold(Some(Ok(first)), move |page| {
        let (mut request, state) = (request.clone(), Arc::clone(&state));
        async move {
            let diff: Diff = match page? {
                Ok(diff) => diff,
                Err(error) => return Some((Err(error), None)),
            };
            let lines = diff.items.iter().map(line).collect::<String>();
            let next = match diff.next {
                Some(cursor) => {
                    request.cursor = Some(cursor);
                    Some(self::page(&state, request).await)
                }
                None => None,
            };
            Some((Ok(lines), next))
        }
    });
    let pages = pages.map(|lines: Result<String, Refusal>| {
        lines.inspect_err(|error| tracing::error!(%error, "the difference broke off"))
    });
    let body = head.map(Ok).chain(pages).map(|lines| lines.map(Bytes::from));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .streaming(body)
}

fn line(item: &DiffItem) -> String {
    let kind = match item.kind {
        DiffKind::Changed => "changed",
        DiffKind::Cleared => "cleared",
    };
    format!("{},{},{kind}\n", item.offset_bytes, item.length_bytes)
}
