//! The server itself, and the images that it could attach.

use std::collections::HashMap;

use actix_web::web::{Data, Query};
use serde::Deserialize;
use shared::{DiskSource, Page, ServerInfo};

use super::{body::NoParameters, error::Answer, page::Asked, reply};
use crate::{roots::image_file, state::State};

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
    let asked = Asked::<String>::new(which.limit, which.cursor.as_deref())?;
    let mut attached = HashMap::new();
    for disk in state.engine.disks().await? {
        if let DiskSource::Attached { path, .. } = disk.source {
            attached.insert(path, disk.id);
        }
    }
    let roots = state.roots.clone();
    let look = move || async move {
        let paths = roots.files(asked.after.as_deref(), asked.limit + 1);
        let Page { items, next } = asked.first(paths, String::clone);
        // A file that went away meanwhile is left out.
        let reach = roots.reach();
        let items =
            items.into_iter().filter_map(|path| image_file(path, &attached, &reach)).collect();
        Page { items, next }
    };
    reply::json(&state.threads.read(look).await)
}
