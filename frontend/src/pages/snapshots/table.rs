//! The table of snapshots: what each holds and takes, and what can be done with it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    api,
    components::{
        badge::{SnapshotBadges, Tone},
        bytes::Bytes,
        icon::Icon,
        table::{Column, From, Table},
        time::Ago,
        toast::use_toaster,
        watch::use_watch,
    },
    routes::Route,
};

/// The table.
#[component]
pub fn SnapshotTable(
    rows: Signal<Vec<Snapshot>>,
    chosen: RwSignal<BTreeSet<SnapshotId>>,
    restoring: RwSignal<Option<Snapshot>>,
) -> impl IntoView {
    let verify = verify_action();
    let columns = vec![
        Column::new("choose", "", move |row: &Snapshot| check_cell(row, chosen)),
        Column::new("name", "Name", name_cell).order(|a: &Snapshot, b| a.name.cmp(&b.name)),
        Column::new("disk", "Disk", |row: &Snapshot| {
            view! { <a href=Route::Disk(row.disk_id).path()>{row.disk_name.to_string()}</a> }
        })
        .from(From::Medium)
        .order(|a, b| a.disk_name.cmp(&b.disk_name)),
        Column::new("time", "Taken", |row: &Snapshot| view! { <Ago at=row.created_at /> })
            .order(|a, b| a.created_at.cmp(&b.created_at)),
        Column::new("kind", "Kind", |row: &Snapshot| {
            view! { <SnapshotBadges kind=row.kind consistency=row.consistency /> }
        })
        .from(From::Wide)
        .order(|a, b| a.kind.as_str().cmp(b.kind.as_str())),
        Column::new("storage", "Storage", |row: &Snapshot| row.sku.as_str())
            .from(From::Wide)
            .order(|a, b| a.sku.cmp(&b.sku)),
        Column::new(
            "changed",
            "Changed",
            |row: &Snapshot| view! { <Bytes of=row.sizes.changed /> },
        )
        .number()
        .from(From::Medium)
        .order(|a, b| a.sizes.changed.cmp(&b.sizes.changed)),
        Column::new("stored", "Stored", |row: &Snapshot| view! { <Bytes of=row.sizes.stored /> })
            .number()
            .order(|a, b| a.sizes.stored.cmp(&b.sizes.stored)),
        Column::new("size", "Disk size", |row: &Snapshot| {
            view! { <Bytes of=row.sizes.provisioned.bytes() /> }
        })
        .number()
        .from(From::Wide)
        .order(|a, b| a.sizes.provisioned.cmp(&b.sizes.provisioned)),
        Column::new("actions", "", move |row: &Snapshot| actions_cell(row, verify, restoring)),
    ];
    let key = |row: &Snapshot| row.id.to_string();
    view! { <Table label="Snapshots" rows=rows columns=columns key=key order="-time" /> }
}

fn check_cell(row: &Snapshot, chosen: RwSignal<BTreeSet<SnapshotId>>) -> impl IntoView + use<> {
    let id = row.id;
    let toggle = move |_| {
        chosen.update(|chosen| {
            if !chosen.remove(&id) {
                chosen.insert(id);
            }
        });
    };
    view! {
        <label class="check-cell">
            <input
                type="checkbox"
                aria-label=format!("Choose {}", row.name)
                prop:checked=move || chosen.with(|chosen| chosen.contains(&id))
                on:change=toggle
            />
        </label>
    }
}

fn name_cell(row: &Snapshot) -> impl IntoView + use<> {
    let tags: Vec<_> = row
        .tags
        .iter()
        .map(|(key, value)| {
            let words = if value.is_empty() { key.to_owned() } else { format!("{key}={value}") };
            view! { <span class="tag">{words}</span> }
        })
        .collect();
    let name = row.name.to_string();
    let name = match row.base_id {
        Some(base) => {
            let path = Route::Diff { base, target: row.id }.path();
            view! { <a href=path title="What changed since the one before it">{name}</a> }
                .into_any()
        }
        None => name.into_any(),
    };
    view! { <span class="name-cell">{name}{tags}</span> }
}

fn actions_cell(
    row: &Snapshot,
    verify: Action<SnapshotId, ()>,
    restoring: RwSignal<Option<Snapshot>>,
) -> impl IntoView + use<> {
    let (id, name, snapshot) = (row.id, row.name.clone(), row.clone());
    let menu = format!("snapshot-{id}");
    let label = format!("What to do with {name}");
    view! {
        <span class="row-actions">
            <button
                type="button"
                class="icon-button"
                title="Restore as a new disk"
                aria-label=format!("Restore {name} as a new disk")
                on:click=move |_| restoring.set(Some(snapshot.clone()))
            >
                <Icon name="restore" />
            </button>
            <details class="menu" name="snapshot-menu" id=menu>
                <summary class="icon-button" aria-label=label.clone() title=label>
                    <Icon name="download" />
                </summary>
                <div class="menu-items">
                    <a href=api::download_url(id, "raw") rel="external" download="">"Download as raw"</a>
                    <a href=api::download_url(id, "vhd") rel="external" download="">"Download as VHD"</a>
                    <button type="button" on:click=move |_| { verify.dispatch_local(id); }>"Check every stored byte"</button>
                </div>
            </details>
        </span>
    }
}

/// Starts a check, whose end is told wherever one is by then.
fn verify_action() -> Action<SnapshotId, ()> {
    let (watch, toaster) = (use_watch(), use_toaster());
    Action::new_local(move |id: &SnapshotId| {
        let id = *id;
        async move {
            match api::verify(id).await {
                Ok(job) => {
                    watch.follow(&job);
                    toaster.say_with_link(
                        Tone::Neutral,
                        "The check has begun.",
                        ("Follow it", Route::Job(job.id).path()),
                    );
                }
                Err(error) => toaster.say(Tone::Bad, error.to_string()),
            }
        }
    })
}
