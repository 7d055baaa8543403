//! Disks: attaching, making, showing, changing and letting go.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path, Query},
};
use engine::{AttachRequest, CreateRequest, Engine, Loss, Origin};
use serde::Deserialize;
use shared::{
    Code, Disk, DiskPatch, DiskSource, Event, Name, NewDisk, NewDiskSource, ResourcePath, Sku,
};

use super::{
    body::{Json, NoParameters},
    error::{Answer, Refusal},
    once::Once,
    page::Asked,
    reply,
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
pub(super) async fn show(disk: Path<String>, _: NoParameters, state: Data<State>) -> Answer {
    reply::json(&state.engine.disk(&disk).await?)
}

/// Attaches an image, or makes a managed disk.
pub(super) async fn create(
    request: HttpRequest,
    _: NoParameters,
    new: Json<NewDisk>,
    state: Data<State>,
) -> Answer {
    let once = match Once::begin(&request, &new.bytes, &state).await? {
        Ok(once) => once,
        Err(answer) => return Ok(answer),
    };
    let new = new.value;
    check_name(&path_of(&new), &state)?;
    match new.source.clone() {
        NewDiskSource::Attached { path } => attach(once, new, path, &state).await,
        NewDiskSource::Empty { size_bytes: size } => make(once, new, Origin::Empty { size }).await,
        NewDiskSource::Snapshot { snapshot, size_bytes: size, as_file: None } => {
            make(once, new, Origin::Snapshot { snapshot, size }).await
        }
        NewDiskSource::Snapshot { snapshot, size_bytes: None, as_file: Some(file) } => {
            let work = as_file(new, &snapshot, file, &state).await?;
            let turn = state.jobs.turn().await;
            check_name(
                &ResourcePath { group: work.group.clone(), name: work.name.clone() },
                &state,
            )?;
            if state.jobs.awaits(|it| it.will_make(&work.file)) {
                return Err(engine::Error::FileExists { path: work.file }.into());
            }
            once.start(turn, Work::CreateDisk(work)).await
        }
        NewDiskSource::Snapshot { size_bytes: Some(_), as_file: Some(_), .. } => {
            let detail = "a snapshot is written to a file in its own size";
            Err(Refusal::new(Code::InvalidRequest, detail)
                .help("leave out size_bytes, or as_file to make a managed disk"))
        }
    }
}

/// An error if work that is under way makes a disk of that name.
fn check_name(path: &ResourcePath, state: &State) -> Result<(), Refusal> {
    if state.jobs.awaits(|it| it.will_name_disk(path)) {
        return Err(engine::Error::DiskNameTaken(path.name.clone()).into());
    }
    Ok(())
}

/// Does something that changes a disk, to its end, and tells of the disk.
pub(super) async fn told<F: Future<Output = Result<Disk, engine::Error>>>(
    state: &State,
    work: impl FnOnce(Arc<Engine>) -> F + Send + 'static,
) -> Result<Disk, Refusal> {
    let (engine, events) = (Arc::clone(&state.engine), Arc::clone(&state.events));
    let work = move || async move {
        let disk = work(engine).await?;
        events.publish(Event::Disk(disk.clone()));
        Ok::<_, engine::Error>(disk)
    };
    Ok(state.threads.change(work).await?)
}

async fn attach(once: Once<'_>, new: NewDisk, image: String, state: &State) -> Answer {
    let roots = state.roots.clone();
    let image = state.threads.read(move || async move { roots.existing(&image) }).await?;
    let make = move |engine: Arc<Engine>, id| async move {
        let request = AttachRequest {
            id: Some(id),
            path: path_of(&new),
            image,
            sku: new.sku.unwrap_or(Sku::StandardLrs),
            snapshot_sku: new.snapshot_sku,
            tags: new.tags,
        };
        engine.attach(request).await
    };
    once.make(make).await
}

async fn make(once: Once<'_>, new: NewDisk, origin: Origin) -> Answer {
    let make = move |engine: Arc<Engine>, id| async move {
        let request = CreateRequest {
            id: Some(id),
            path: path_of(&new),
            sku: new.sku.unwrap_or(Sku::StandardLrs),
            snapshot_sku: new.snapshot_sku,
            tags: new.tags,
            origin,
        };
        engine.create_disk(request).await
    };
    once.make(make).await
}

/// A snapshot that is to be written out as a plain image and attached.
async fn as_file(
    new: NewDisk,
    snapshot: &str,
    file: String,
    state: &State,
) -> Result<WriteDisk, Refusal> {
    let snapshot = state.engine.listed_snapshot(snapshot).await?;
    let path = path_of(&new);
    state.engine.check_disk(&path).await?;
    let roots = state.roots.clone();
    Ok(WriteDisk {
        snapshot_id: snapshot.id,
        snapshot_name: snapshot.name,
        file: state.threads.read(move || async move { roots.new_file(&file) }).await?,
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

/// Grows a disk, retags it, sets its storage.
pub(super) async fn update(
    disk: Path<String>,
    _: NoParameters,
    patch: Json<DiskPatch>,
    state: Data<State>,
) -> Answer {
    let work = |engine: Arc<Engine>| async move { engine.update_disk(&disk, patch.value).await };
    reply::json(&told(&state, work).await?)
}

/// What is said to lose a disk's bytes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmed {
    confirm: Option<String>,
}

/// Lets a disk go; its snapshots stay.
pub(super) async fn detach(
    disk: Path<String>,
    confirmed: Query<Confirmed>,
    state: Data<State>,
) -> Answer {
    let disk = state.engine.disk(&disk).await?;
    let name = disk.name.to_string();
    let loss = match confirmed.confirm.as_deref() {
        None => Loss::Refused,
        Some(said) if said == name => Loss::Accepted,
        Some(_) => {
            let lost = match disk.source {
                DiskSource::Managed { dirty_bytes, .. } => dirty_bytes,
                DiskSource::Attached { .. } => 0,
            };
            let error = engine::Error::WouldLose { disk: disk.name, lost };
            return Err(Refusal::from(error).help(confirming(&name)));
        }
    };
    let (engine, events) = (Arc::clone(&state.engine), Arc::clone(&state.events));
    let work = move || async move {
        engine.detach(&disk.id.to_string(), loss).await?;
        events.publish(Event::DiskDetached { id: disk.id });
        Ok::<_, engine::Error>(())
    };
    match state.threads.change(work).await {
        Err(error @ engine::Error::WouldLose { .. }) => {
            Err(Refusal::from(error).help(confirming(&name)))
        }
        detached => Ok(detached.map(|()| HttpResponse::NoContent().finish())?),
    }
}

fn confirming(name: &str) -> String {
    format!("take a snapshot first, or let them go with ?confirm={name}")
}
