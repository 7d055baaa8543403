//! Disks: attaching, making, showing, changing and letting go.

use std::{path::PathBuf, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use engine::AttachRequest;
use serde::Deserialize;
use shared::{Code, Disk, Event, Name, NewDisk, NewDiskSource, ResourcePath, Sku};

use super::{
    body::Json,
    error::{Answer, Refusal},
    page::Asked,
    reply::{self, Once},
};
use crate::{
    jobs::{Work, WriteDisk},
    state::State,
};

/// Which disks are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    name: Option<Name>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// The disks, by group and name.
pub(super) async fn list(which: Query<Which>, state: Data<State>) -> Answer {
    let asked = Asked::new(which.limit, which.cursor.as_deref())?;
    let mut disks = state.engine.disks().await?;
    disks.retain(|disk| which.name.as_ref().is_none_or(|name| disk.name == *name));
    reply::json(&asked.of(disks, |disk| (disk.group.clone(), disk.name.clone())))
}

/// One disk.
pub(super) async fn show(disk: Path<String>, state: Data<State>) -> Answer {
    reply::json(&state.engine.disk(&disk).await?)
}

/// Attaches an image, or makes a managed disk.
pub(super) async fn create(request: HttpRequest, new: Json<NewDisk>, state: Data<State>) -> Answer {
    let once = match Once::begin(&request, &new.bytes, &state).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let new = new.value;
    let disk = match new.source.clone() {
        NewDiskSource::Attached { path } => attach(new, &path, &state).await?,
        NewDiskSource::Snapshot { snapshot, size_bytes: None, as_file: Some(file) } => {
            let work = as_file(new, &snapshot, &file, &state).await?;
            return once.start(&request, Work::CreateDisk(work)).await;
        }
        NewDiskSource::Empty { .. } | NewDiskSource::Snapshot { .. } => {
            return Err(Refusal::new(Code::InvalidRequest, "managed disks are not kept here"));
        }
    };
    state.events.publish(Event::Disk(disk.clone()));
    once.made(format!("/api/v1/disks/{}", disk.id), &disk).await
}

async fn attach(new: NewDisk, path: &str, state: &State) -> Result<Disk, Refusal> {
    let image: PathBuf = {
        let (roots, path) = (state.roots.clone(), path.to_owned());
        state.blocking(move || roots.existing(&path)).await?
    };
    let request = AttachRequest {
        path: path_of(&new),
        image,
        sku: new.sku.unwrap_or(Sku::StandardLrs),
        snapshot_sku: new.snapshot_sku,
        tags: new.tags,
    };
    let engine = Arc::clone(&state.engine);
    Ok(state.to_the_end(move || async move { engine.attach(request).await }).await?)
}

/// A snapshot that is to be written out as a plain image and attached.
async fn as_file(
    new: NewDisk,
    snapshot: &str,
    file: &str,
    state: &State,
) -> Result<WriteDisk, Refusal> {
    let snapshot = state.engine.snapshot(snapshot).await?;
    let path = path_of(&new);
    match state.engine.disk(&format!("{}/{}", path.group, path.name)).await {
        Ok(_) => return Err(engine::Error::DiskNameTaken(path.name).into()),
        Err(engine::Error::DiskNotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let (roots, file) = (state.roots.clone(), file.to_owned());
    Ok(WriteDisk {
        snapshot_id: snapshot.id,
        snapshot_name: snapshot.name,
        file: state.blocking(move || roots.new_file(&file)).await?,
        group: path.group,
        name: path.name,
        sku: new.sku.unwrap_or(Sku::StandardLrs),
        snapshot_sku: new.snapshot_sku,
        tags: new.tags,
    })
}

fn path_of(new: &NewDisk) -> ResourcePath {
    let group = new.group.clone().unwrap_or_else(ResourcePath::default_group);
    ResourcePath { group, name: new.name.clone() }
}

/// Lets a disk go; its snapshots stay.
pub(super) async fn detach(disk: Path<String>, state: Data<State>) -> Answer {
    let (engine, disk) = (Arc::clone(&state.engine), disk.into_inner());
    let disk = state.to_the_end(move || async move { engine.detach(&disk).await }).await?;
    state.events.publish(Event::DiskDetached { id: disk.id });
    Ok(HttpResponse::NoContent().finish())
}
