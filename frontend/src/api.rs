//! One typed function per endpoint; no other file names a URL.

mod error;
mod send;

use jiff::Timestamp;
use shared::{
    Code, Costs, Diff, Disk, DiskId, DiskPatch, ExportFormat, Freeable, GcReport, ImageFile, Job,
    JobId, Name, NewDisk, NewSnapshot, Page, RangeHistory, Snapshot, SnapshotId, SnapshotSet,
    Timeline, heatmap::Metric,
};
use web_sys::AbortSignal;

pub use crate::view::offsets::ByteRange;
use crate::view::time;
pub use error::ApiError;
use send::{Query, Verb};

/// What every endpoint gives.
pub type Answer<T> = Result<T, ApiError>;

/// The most a list gives at once.
const PAGE_ITEMS: u32 = 1000;

/// What asking for a disk made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeDisk {
    /// The disk is there.
    Disk(Disk),
    /// A job writes its image.
    Job(Job),
}

/// A part of the difference between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffQuery {
    /// The side that is given.
    pub base: SnapshotId,
    /// The side that is reached.
    pub target: SnapshotId,
    /// Only this part of the disk.
    pub window: Option<ByteRange>,
    /// At most so many items.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A tile of a disk's heatmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileQuery {
    /// The disk.
    pub disk: DiskId,
    /// What it shows.
    pub metric: Metric,
    /// How coarse.
    pub level: u8,
    /// Which one, from the disk's start.
    pub tile: u64,
    /// The snapshot that change is counted from; `None`: before the first.
    pub from: Option<SnapshotId>,
    /// The snapshot that it is counted up to; `None`: the newest.
    pub to: Option<SnapshotId>,
    /// The disk's revision.
    pub revision: u64,
}

/// `GET image-files`
pub async fn image_files() -> Answer<Vec<ImageFile>> {
    all_pages("image-files", Query::default()).await
}

/// `GET disks`, every page of it.
pub async fn disks() -> Answer<Vec<Disk>> {
    all_pages("disks", Query::default()).await
}

/// `GET disks/{disk}`
pub async fn disk(id: DiskId) -> Answer<Disk> {
    send::get(&format!("disks/{id}"), &Query::default()).await
}

/// `POST disks`
pub async fn create_disk(disk: &NewDisk) -> Answer<MadeDisk> {
    let received = send::send(Verb::Post, "disks", disk).await?;
    if received.status == 202 {
        received.read().map(MadeDisk::Job)
    } else {
        received.read().map(MadeDisk::Disk)
    }
}

/// `PATCH disks/{disk}`
pub async fn patch_disk(id: DiskId, patch: &DiskPatch) -> Answer<Disk> {
    send::send(Verb::Patch, &format!("disks/{id}"), patch).await?.read()
}

/// `DELETE disks/{disk}`; `confirm` names it when bytes go with it.
pub async fn detach_disk(id: DiskId, confirm: Option<&Name>) -> Answer<()> {
    let query = Query::default().and("confirm", confirm);
    send::send_nothing(Verb::Delete, &format!("disks/{id}"), &query).await.map(drop)
}

/// `PUT disks/{disk}/data`: writes `bytes` at `offset_bytes`.
pub async fn put_disk_data(
    id: DiskId,
    offset_bytes: u64,
    bytes: &[u8],
    abort: &AbortSignal,
) -> Answer<()> {
    send::put_range(&format!("disks/{id}/data"), offset_bytes, bytes, abort).await
}

/// `GET disks/{disk}/snapshots`, oldest first.
pub async fn disk_snapshots(id: DiskId) -> Answer<Vec<Snapshot>> {
    all_pages(&format!("disks/{id}/snapshots"), Query::default()).await
}

/// `GET snapshots` of one disk: the newest.
pub async fn newest_snapshot(disk: DiskId) -> Answer<Option<Snapshot>> {
    let query = Query::default()
        .and("disk", Some(disk))
        .and("order", Some("-created_at"))
        .and("limit", Some(1));
    let page: Page<Snapshot> = send::get("snapshots", &query).await?;
    Ok(page.items.into_iter().next())
}

/// `POST disks/{disk}/snapshots`
pub async fn take_snapshot(id: DiskId, snapshot: &NewSnapshot) -> Answer<Job> {
    post(&format!("disks/{id}/snapshots"), snapshot).await
}

/// `GET disks/{disk}/timeline`; `None`: from the first snapshot, to now.
pub async fn timeline(
    id: DiskId,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    bars: u32,
) -> Answer<Timeline> {
    let (from, to) = (from.map(time::rfc3339), to.map(time::rfc3339));
    let query = Query::default().and("from", from).and("to", to).and("bars", Some(bars));
    send::get(&format!("disks/{id}/timeline"), &query).await
}

/// `GET disks/{disk}/heatmap/{metric}/{level}/{tile}`: a tile's bytes.
pub async fn tile(tile: TileQuery, abort: Option<&AbortSignal>) -> Answer<Vec<u8>> {
    let TileQuery { disk, metric, level, tile, from, to, revision } = tile;
    let query = Query::default().and("from", from).and("to", to).and("v", Some(revision));
    let path = format!("disks/{disk}/heatmap/{metric}/{level}/{tile}");
    send::get_bytes(&path, &query, abort).await
}

/// `GET disks/{disk}/changes`: which snapshots found a range changed.
pub async fn changes(
    id: DiskId,
    range: ByteRange,
    from: Option<SnapshotId>,
    to: Option<SnapshotId>,
) -> Answer<RangeHistory> {
    let query = Query::default().range(Some(range)).and("from", from).and("to", to);
    send::get(&format!("disks/{id}/changes"), &query).await
}

/// `GET snapshots`, the newest first, every page of it; of one disk, if it is named.
pub async fn snapshots(disk: Option<DiskId>) -> Answer<Vec<Snapshot>> {
    let query = Query::default().and("order", Some("-created_at")).and("disk", disk);
    match all_pages("snapshots", query).await {
        // Of a disk that was let go, it knows no more once its last snapshot is gone.
        Err(error) if error.code() == Some(Code::DiskNotFound) => Ok(Vec::new()),
        found => found,
    }
}

/// `GET snapshots/{snapshot}`
pub async fn snapshot(id: SnapshotId) -> Answer<Snapshot> {
    send::get(&format!("snapshots/{id}"), &Query::default()).await
}

/// `DELETE snapshots/{snapshot}`
pub async fn delete_snapshot(id: SnapshotId) -> Answer<()> {
    send::send_nothing(Verb::Delete, &format!("snapshots/{id}"), &Query::default()).await.map(drop)
}

/// `GET snapshots/{snapshot}/data`: some bytes of the disk as it was.
pub async fn snapshot_data(id: SnapshotId, range: ByteRange) -> Answer<Vec<u8>> {
    send::get_range(&format!("snapshots/{id}/data"), range).await
}

/// Where a browser downloads a whole disk.
pub fn download_url(id: SnapshotId, format: ExportFormat) -> String {
    send::url(&format!("snapshots/{id}/data?format={format}"))
}

/// `GET snapshots/{snapshot}/diff`
pub async fn diff(query: &DiffQuery) -> Answer<Diff> {
    let parameters = Query::default()
        .and("base", Some(query.base))
        .range(query.window)
        .and("limit", query.limit)
        .and("cursor", query.cursor.as_deref());
    send::get(&format!("snapshots/{}/diff", query.target), &parameters).await
}

/// Where a browser downloads a difference in `format`: `csv`, all of it; `json`, its first page.
pub fn diff_url(base: SnapshotId, target: SnapshotId, format: &str) -> String {
    send::url(&format!("snapshots/{target}/diff?base={base}&format={format}"))
}

/// `POST snapshots/{snapshot}/verify`
pub async fn verify(id: SnapshotId) -> Answer<Job> {
    post_nothing(&format!("snapshots/{id}/verify")).await
}

/// `POST snapshots/freeable`
pub async fn freeable(snapshots: &[SnapshotId]) -> Answer<Freeable> {
    let snapshots = snapshots.iter().map(ToString::to_string).collect();
    let set = SnapshotSet { snapshots };
    send::send(Verb::Post, "snapshots/freeable", &set).await?.read()
}

/// `GET costs`
pub async fn costs() -> Answer<Costs> {
    send::get("costs", &Query::default()).await
}

/// `GET gc`: what collecting would give back.
pub async fn gc_plan() -> Answer<GcReport> {
    send::get("gc", &Query::default()).await
}

/// `POST gc`
pub async fn collect_garbage() -> Answer<Job> {
    post_nothing("gc").await
}

/// `GET jobs`, the newest first: one page, which is as many as anybody looks through.
pub async fn jobs() -> Answer<Vec<Job>> {
    let query = Query::default().and("limit", Some(PAGE_ITEMS));
    Ok(send::get::<Page<Job>>("jobs", &query).await?.items)
}

/// `GET jobs/{id}`
pub async fn job(id: JobId) -> Answer<Job> {
    send::get(&format!("jobs/{id}"), &Query::default()).await
}

/// `DELETE jobs/{id}`: asks it to stop.
pub async fn cancel_job(id: JobId) -> Answer<Job> {
    send::send_nothing(Verb::Delete, &format!("jobs/{id}"), &Query::default()).await?.read()
}

/// Where `GET events` streams.
pub fn events_url() -> String {
    send::url("events")
}

/// Where the API's own documentation is.
pub fn docs_url() -> String {
    send::url("docs")
}

/// The address of a path of the API, for people who script: `POST`'s `disks`, for one.
pub fn address(path: &str) -> String {
    send::url(path)
}

async fn post<B: serde::Serialize>(path: &str, body: &B) -> Answer<Job> {
    send::send(Verb::Post, path, body).await?.read()
}

async fn post_nothing(path: &str) -> Answer<Job> {
    send::send_nothing(Verb::Post, path, &Query::default()).await?.read()
}

async fn all_pages<T: serde::de::DeserializeOwned>(path: &str, query: Query) -> Answer<Vec<T>> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let query = query.clone().and("limit", Some(PAGE_ITEMS)).and("cursor", cursor.as_deref());
        let page: Page<T> = send::get(path, &query).await?;
        items.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(items);
        }
    }
}
