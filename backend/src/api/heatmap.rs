//! A disk's life: its timeline, its heatmaps, and which snapshots found a range changed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Path, Query},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use engine::TileRequest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use shared::{
    SnapshotId,
    heatmap::{Metric, TILE_MEDIA_TYPE, Tile},
};
use utoipa::ToSchema;

use super::{diff::window, error::Answer, page::at_most, reply};
use crate::state::State;

/// Bars of a timeline if nobody says how many, and at most.
const BARS: usize = 500;
const MAX_BARS: usize = 10_000;

/// Which part of a timeline is wanted, in how much detail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    bars: Option<usize>,
}

/// A disk's snapshots in bars.
pub(super) async fn timeline(disk: Path<String>, span: Query<Span>, state: Data<State>) -> Answer {
    let Query(Span { from, to, bars }) = span;
    let bars = bars.unwrap_or(BARS);
    at_most(MAX_BARS, bars, "bars")?;
    let found =
        state.read(move |engine| async move { engine.timeline(&disk, from, to, bars).await });
    reply::json(&found.await?)
}

/// Between which snapshots, and of which state of the disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Between {
    from: Option<SnapshotId>,
    to: Option<SnapshotId>,
    v: Option<u64>,
    #[serde(default)]
    format: Format,
}

/// How a tile is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Tile,
    Json,
}

/// A tile for scripts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tile)]
pub(super) struct ToldTile<'a> {
    /// What it shows.
    metric: Metric,
    /// The level of detail.
    level: u8,
    /// Cells that lie on the disk.
    cells: u32,
    /// What 255 stands for.
    full: u64,
    /// A number from 0 to 255 for each cell.
    #[schema(value_type = Vec<u8>)]
    values: &'a [u8],
}

/// A tile of a disk's heatmap.
pub(super) async fn tile(
    request: HttpRequest,
    place: Path<(String, Metric, u8, u64)>,
    between: Query<Between>,
    state: Data<State>,
) -> Answer {
    let (disk, metric, level, tile) = place.into_inner();
    let Query(Between { from, to, v, format }) = between;
    let wanted = TileRequest { metric, level, tile, from, to };
    let (drawn, revision) = state
        .read(move |engine| async move {
            // First the revision: what is drawn after it is at least as new.
            let revision = engine.timeline(&disk, None, None, 1).await?.revision;
            Ok::<_, engine::Error>((engine.tile(&disk, wanted).await?, revision))
        })
        .await?;
    let (media_type, bytes) = match format {
        Format::Tile => (TILE_MEDIA_TYPE, drawn.encode()),
        Format::Json => ("application/json", to_json(&drawn)),
    };
    let hash = Sha256::digest(&bytes);
    let etag = format!("W/\"{}\"", &BASE64.encode(hash)[..22]);
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|it| it.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|it| it.trim() == etag));
    let caching =
        if v == Some(revision) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, caching));
    if is_known {
        return Ok(answer.finish());
    }
    Ok(answer.insert_header((header::CONTENT_TYPE, media_type)).body(bytes))
}

fn to_json(tile: &Tile) -> Vec<u8> {
    let Tile { level, metric, cells, full, ref values } = *tile;
    let told = ToldTile { metric, level, cells, full, values };
    serde_json::to_vec(&told).expect("a tile has no failing parts")
}

/// Which range, and between which snapshots.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    offset_bytes: Option<u64>,
    length_bytes: Option<u64>,
    from: Option<SnapshotId>,
    to: Option<SnapshotId>,
}

/// Which snapshots found a range changed.
pub(super) async fn changes(disk: Path<String>, place: Query<Where>, state: Data<State>) -> Answer {
    let Query(Where { offset_bytes, length_bytes, from, to }) = place;
    let range = window(offset_bytes, length_bytes).unwrap_or(0..u64::MAX);
    let found =
        state.read(move |engine| async move { engine.changes(&disk, range, from, to).await });
    reply::json(&found.await?)
}
