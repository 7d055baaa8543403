//! The snapshots of all disks, or of one.

pub mod chosen;
pub mod details;
pub mod table;

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::{Disk, DiskId, Snapshot, SnapshotId};

use crate::{
    api,
    asked::ask,
    components::{
        dialog::open_about, empty::Empty, field::Search, new_disk::NewDiskDialog,
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
    let chosen = RwSignal::new(BTreeSet::<SnapshotId>::new());
    let opened = RwSignal::new(None::<Snapshot>);
    let restoring = RwSignal::new(None::<Snapshot>);
    let making = open_about(restoring);
    let options = move || {
        let disks = disks.get().unwrap_or_default();
        let option = |it: &Disk| {
            let id = it.id;
            view! { <option value=id.to_string() selected=move || disk.get() == Some(id)>{it.name.to_string()}</option> }
        };
        disks.iter().map(option).collect::<Vec<_>>()
    };
    view! {
        <PageHead title="Snapshots">
            <label class="filter">
                <span class="visually-hidden">"Disk"</span>
                <select on:change:target=move |event| choose_disk.set(event.target().value().parse().ok())>
                    <option value="" selected=move || disk.get().is_none()>"All disks"</option>
                    {options}
                </select>
            </label>
            <Search label="Search snapshots" value=words set=set_words />
        </PageHead>
        <Remote
            source=source
            is_empty=Vec::is_empty
            empty=move || view! {
                <Empty icon="snapshots" title="No snapshots yet">
                    <p>"A snapshot keeps a disk as it is now, and stores only what changed since the one before it."</p>
                    <a class="button" href=Route::Disks.path()>"Choose a disk to take one of"</a>
                </Empty>
            }
            let:all
        >
            <SnapshotTable
                rows=Signal::derive(move || {
                    all.with(|all| all.iter().filter(|it| matches(it, &words.get())).cloned().collect())
                })
                chosen=chosen
                opened=opened
                restoring=restoring
            />
            <Chosen all=all chosen=chosen />
        </Remote>
        <Details opened=opened />
        <NewDiskDialog open=making from=restoring />
    }
}
