//! The snapshots of all disks, or of one.

pub mod chosen;
pub mod details;
pub mod table;

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{DiskId, Snapshot, SnapshotId};

use crate::{
    api,
    asked::ask,
    components::{
        collect::Collect, dialog::open_about, empty::Empty, field::Search, new_disk::NewDiskDialog,
        page_head::PageHead, remote::Remote, url::in_url,
    },
    live::use_live,
    routes::Route,
    view::snapshots::matches,
};
use chosen::Chosen;
use details::Details;
use table::SnapshotTable;

/// `/snapshots?disk&q&sort`: snapshots, what each takes, and what can be done with some of them.
#[component]
pub fn SnapshotsPage() -> impl IntoView {
    let live = use_live();
    let (disk, choose_disk) = in_url::<DiskId>("disk");
    let (words, look_for) = in_url::<String>("q");
    let words = Signal::derive(move || words.get().unwrap_or_default());
    let set_words = move |words: String| look_for.set((!words.is_empty()).then_some(words));
    let source = ask(move || {
        live.track_inventory();
        api::snapshots(disk.get())
    });
    let disks = ask(move || {
        live.track_inventory();
        api::disks()
    });
    // Those of another disk are not shown as this one's.
    let source = source.about(move || disk.get().map(|id| id.to_string()).unwrap_or_default());
    let all = Signal::derive(move || source.value().get().unwrap_or_default());
    let collecting = RwSignal::new(false);
    let chosen = RwSignal::new(BTreeSet::<SnapshotId>::new());
    let opened = RwSignal::new(None::<Snapshot>);
    let restoring = RwSignal::new(None::<Snapshot>);
    let making = open_about(restoring);
    let options = move || {
        let disks = disks.get().unwrap_or_default();
        let mut options: Vec<_> = disks.iter().map(|it| (it.id, it.name.to_string())).collect();
        // One that was let go still has its snapshots.
        let detached = disk.get().filter(|id| disks.iter().all(|it| it.id != *id));
        if let Some(id) = detached {
            let name = all.with(|all| all.first().map(|it| it.disk_name.to_string()));
            options.push((id, format!("{} (detached)", name.as_deref().unwrap_or("a disk"))));
        }
        let option = |(id, name): (DiskId, String)| {
            view! { <option value=id.to_string() selected=move || disk.get() == Some(id)>{name}</option> }
        };
        options.into_iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <PageHead title="Snapshots">
            <label class="filter">
                <span class="visually-hidden">"Disk"</span>
                <select
                    prop:value=move || disk.get().map(|id| id.to_string()).unwrap_or_default()
                    on:change:target=move |event| choose_disk.set(event.target().value().parse().ok())
                >
                    <option value="" selected=move || disk.get().is_none()>"All disks"</option>
                    {options}
                </select>
            </label>
            <Search label="Search snapshots" value=words set=set_words />
        </PageHead>
        <Remote
            source=source
            is_empty=Vec::is_empty
            empty=move || {
                let (title, other) = match disk.get() {
                    Some(_) => ("No snapshots of this disk", Some(view! {
                        <a class="button" href=Route::Snapshots { disk: None }.path()>"Those of all disks"</a>
                    })),
                    None => ("No snapshots yet", None),
                };
                view! {
                    <Empty icon="snapshots" title=title>
                        <p>"A snapshot keeps a disk as it is now, and stores only what changed since the one before it."</p>
                        <a class="button" href=Route::Disks.path()>"Choose a disk to take one of"</a>
                        {other}
                    </Empty>
                }
            }
            let:known
        >
            <SnapshotTable
                rows=Memo::new(move |_| {
                    let words = words.get();
                    known.with(|all| all.iter().filter(|it| matches(it, &words)).cloned().collect::<Vec<_>>())
                })
                chosen=chosen
                opened=opened
                restoring=restoring
            />
        </Remote>
        <Chosen all=all chosen=chosen collecting=collecting />
        <Collect open=collecting />
        <Details opened=opened />
        <NewDiskDialog open=making from=restoring />
    }
}
