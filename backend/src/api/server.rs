//! The server itself, and the images that it could attach.

use std::collections::HashMap;

use actix_web::web::{Data, Query};
use serde::Deserialize;
use shared::{DiskSource, ServerInfo};

use super::{body::NoParameters, error::Answer, page::Asked, reply};
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

/// Which image files are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Image files below the image roots, by path, attached or not.
pub(super) async fn image_files(which: Query<Which>, state: Data<State>) -> Answer {
    let asked = Asked::new(which.limit, which.cursor.as_deref())?;
    let mut attached = HashMap::new();
    for disk in state.engine.disks().await? {
        if let DiskSource::Attached { path, .. } = disk.source {
            attached.insert(path, disk.id);
        }
    }
    let roots = state.roots.clone();
    let mut files = state.threads.read(move || async move { roots.files(&attached) }).await;
    files.sort_by(|left, right| left.path.cmp(&right.path));
    reply::json(&asked.of(files, |file| file.path.clone()))
}
