//! The server itself, and the images that it could attach.

use std::collections::HashMap;

use actix_web::web::Data;
use shared::{DiskSource, Page, ServerInfo};

use super::{body::NoParameters, error::Answer, reply};
use crate::state::State;

/// What the server is.
pub(super) async fn show(_: NoParameters, state: Data<State>) -> Answer {
    let folders = state.roots.folders().iter();
    reply::json(&ServerInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: state.started_at,
        now: state.clock.now(),
        demo: state.demo,
        image_roots: folders.map(|folder| folder.display().to_string()).collect(),
        pools: state.engine.pools(),
    })
}

/// Image files below the image roots, attached or not.
pub(super) async fn image_files(_: NoParameters, state: Data<State>) -> Answer {
    let mut attached = HashMap::new();
    for disk in state.engine.disks().await? {
        if let DiskSource::Attached { path, .. } = disk.source {
            attached.insert(path, disk.id);
        }
    }
    let roots = state.roots.clone();
    let files = state.blocking(move || roots.files(&attached)).await;
    reply::json(&Page::whole(files))
}
