//! The table of snapshots: what each holds and takes, and what can be done with it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    components::{
        badge::SnapshotBadges,
        bytes::Bytes,
        icon::Icon,
        table::{Column, From, Table},
        time::Ago,
    },
    routes::Route,
};

/// The table.
#[component]
pub fn SnapshotTable(
    #[prop(into)] rows: Signal<Vec<Snapshot>>,
    chosen: RwSignal<BTreeSet<SnapshotId>>,
    opened: RwSignal<Option<Snapshot>>,
    restoring: RwSignal<Option<Snapshot>>,
) -> impl IntoView {
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
        Column::new("kind", "Kind", kind_cell)
            .from(From::Wide)
            .order(|a, b| a.kind.as_str().cmp(b.kind.as_str()).then(a.sku.cmp(&b.sku))),
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
            .from(From::Medium)
            .order(|a, b| a.sizes.stored.cmp(&b.sizes.stored)),
        Column::new("size", "Disk size", |row: &Snapshot| {
            view! { <Bytes of=row.sizes.provisioned.bytes() /> }
        })
        .number()
        .from(From::Wide)
        .order(|a, b| a.sizes.provisioned.cmp(&b.sizes.provisioned)),
        Column::new("actions", "", move |row: &Snapshot| actions_cell(row, opened, restoring)),
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
    let tag = |(key, value): (&str, &str)| match value {
        "" => key.to_owned(),
        value => format!("{key}={value}"),
    };
    let tags = row.tags.iter().map(tag).collect::<Vec<_>>().join(", ");
    let name = row.name.to_string();
    let title = name.clone();
    let name = match row.base_id {
        Some(base) => {
            let path = Route::Diff { base, target: row.id }.path();
            view! { <a href=path title=title>{name}</a> }.into_any()
        }
        None => view! { <span title=title>{name}</span> }.into_any(),
    };
    let tags = (!tags.is_empty()).then(|| view! { <small class="tags">{tags}</small> });
    view! { <span class="name-cell">{name}{tags}</span> }
}

fn kind_cell(row: &Snapshot) -> impl IntoView + use<> {
    view! {
        <span class="two-lines">
            <span class="badges"><SnapshotBadges kind=row.kind consistency=row.consistency /></span>
            <small class="muted">{row.sku.as_str()}</small>
        </span>
    }
}

fn actions_cell(
    row: &Snapshot,
    opened: RwSignal<Option<Snapshot>>,
    restoring: RwSignal<Option<Snapshot>>,
) -> impl IntoView + use<> {
    let (name, to_open, to_restore) = (row.name.clone(), row.clone(), row.clone());
    view! {
        <span class="row-actions">
            <button
                type="button"
                class="icon-button"
                title="Restore as a new disk"
                aria-label=format!("Restore {name} as a new disk")
                on:click=move |_| restoring.set(Some(to_restore.clone()))
            >
                <Icon name="restore" />
            </button>
            <button
                type="button"
                class="icon-button"
                title="Facts, download, check"
                aria-label=format!("Facts, download and check of {name}")
                on:click=move |_| opened.set(Some(to_open.clone()))
            >
                <Icon name="info" />
            </button>
        </span>
    }
}
