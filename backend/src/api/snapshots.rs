//! Snapshots: taking, listing, showing, checking and deleting.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use serde::Deserialize;
use shared::{Event, ExportFormat, Name, NewSnapshot, Snapshot, SnapshotId, SnapshotSet};

use super::{
    body::{Json, NoParameters, Nothing},
    data::Wanted,
    error::Answer,
    once::Once,
    page::Asked,
    reply,
};
use crate::{
    jobs::{TakeSnapshot, VerifySnapshot, Work},
    state::State,
};

/// Which snapshots are wanted, and in which order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    disk: Option<String>,
    name: Option<Name>,
    #[serde(default)]
    order: Order,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Order {
    #[default]
    #[serde(rename = "created_at")]
    OldestFirst,
    #[serde(rename = "-created_at")]
    NewestFirst,
}

/// Which page of a disk's snapshots is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// All snapshots.
pub(super) async fn list(which: Query<Which>, state: Data<State>) -> Answer {
    let mut snapshots = state.engine.snapshots(which.disk.as_deref()).await?;
    snapshots.retain(|it| which.name.as_ref().is_none_or(|name| it.name == *name));
    let (limit, cursor) = (which.limit, which.cursor.as_deref());
    match which.order {
        Order::OldestFirst => reply::json(&Asked::new(limit, cursor)?.of(snapshots, place)),
        Order::NewestFirst => {
            snapshots.reverse();
            let key = |it: &Snapshot| std::cmp::Reverse(place(it));
            reply::json(&Asked::new(limit, cursor)?.of(snapshots, key))
        }
    }
}

/// Where a snapshot stands in the order of time.
fn place(snapshot: &Snapshot) -> (i64, SnapshotId) {
    (snapshot.created_at.as_microsecond(), snapshot.id)
}

/// A disk's snapshots, oldest first.
pub(super) async fn of_disk(disk: Path<String>, part: Query<Part>, state: Data<State>) -> Answer {
    let asked = Asked::new(part.limit, part.cursor.as_deref())?;
    let snapshots = state.engine.snapshots(Some(&disk)).await?;
    reply::json(&asked.of(snapshots, place))
}

/// One snapshot, with what deleting it returns.
pub(super) async fn show(snapshot: Path<String>, _: NoParameters, state: Data<State>) -> Answer {
    let found = state.read(move |engine| async move { engine.snapshot(&snapshot).await });
    reply::json(&found.await?)
}

/// Takes a snapshot.
pub(super) async fn create(
    request: HttpRequest,
    disk: Path<String>,
    _: NoParameters,
    new: Json<NewSnapshot>,
    state: Data<State>,
) -> Answer {
    let once = match Once::begin(&request, &new.bytes, &state).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let disk = state.engine.disk(&disk).await?;
    state.roots.check(&disk)?;
    let work = TakeSnapshot {
        disk_id: disk.id,
        disk_name: disk.name,
        group: disk.group,
        snapshot_id: SnapshotId::from_uuid(state.engine.new_uuid()),
        new: new.value,
    };
    let turn = state.jobs.turn().await;
    state.engine.check_snapshot(&work.request()).await?;
    if let Some(name) = &work.new.name
        && state.jobs.awaits(|it| it.will_name_snapshot(&work.group, name))
    {
        return Err(engine::Error::SnapshotNameTaken(name.clone()).into());
    }
    once.start(turn, Work::CreateSnapshot(work)).await
}

/// In which layout a snapshot's bytes are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    #[serde(default)]
    format: ExportFormat,
}

/// The whole disk, as an image file.
pub(super) async fn data(
    request: HttpRequest,
    snapshot: Path<String>,
    layout: Query<Layout>,
    state: Data<State>,
) -> Answer {
    let image = state.engine.image(&snapshot, layout.format).await?;
    let wanted = Wanted::of(&request, image.length(), Some(image.tag()))?;
    let name = format!("{}.{}", image.name(), layout.format.extension());
    Ok(wanted.answer(&request, &name, |range| image.read(range)))
}

/// Reads a snapshot back.
pub(super) async fn verify(
    request: HttpRequest,
    snapshot: Path<String>,
    _: NoParameters,
    body: Json<Nothing>,
    state: Data<State>,
) -> Answer {
    let once = match Once::begin(&request, &body.bytes, &state).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let snapshot = state.engine.listed_snapshot(&snapshot).await?;
    let work = VerifySnapshot {
        disk_id: snapshot.disk_id,
        disk_name: snapshot.disk_name,
        snapshot_id: snapshot.id,
        snapshot_name: snapshot.name,
    };
    once.start(state.jobs.turn().await, Work::VerifySnapshot(work)).await
}

/// What deleting a set of snapshots gives back.
pub(super) async fn freeable(
    _: NoParameters,
    set: Json<SnapshotSet>,
    state: Data<State>,
) -> Answer {
    let found =
        state.read(move |engine| async move { engine.freeable(&set.value.snapshots).await });
    reply::json(&found.await?)
}

/// Deletes a snapshot; the others stay whole.
pub(super) async fn delete(snapshot: Path<String>, _: NoParameters, state: Data<State>) -> Answer {
    let (engine, snapshot) = (Arc::clone(&state.engine), snapshot.into_inner());
    let events = Arc::clone(&state.events);
    let work = move || async move {
        let Snapshot { id, disk_id, .. } = engine.delete(&snapshot).await?;
        events.publish(Event::SnapshotDeleted { id, disk_id });
        // The disk's revision was raised; one that is detached has none.
        if let Ok(disk) = engine.disk(&disk_id.to_string()).await {
            events.publish(Event::Disk(disk));
        }
        Ok::<_, engine::Error>(())
    };
    state.threads.change(work).await?;
    Ok(HttpResponse::NoContent().finish())
}
