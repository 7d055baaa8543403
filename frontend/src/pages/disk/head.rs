//! The top of a disk's page: what it is, and what can be done with it.

use leptos::prelude::*;
use shared::{Disk, DiskSource};

use crate::{
    api,
    asked::ask,
    components::{
        bytes::Bytes, download::Download, icon::Icon, new_disk::NewDiskDialog, page_head::PageHead,
        remote::failure, show::Show, snapshot_now::SnapshotNow, time::Ago,
    },
    live::use_live,
    routes::Route,
};

/// Name, facts and actions.
#[component]
pub fn Head(
    /// The disk.
    disk: Signal<Disk>,
) -> impl IntoView {
    let live = use_live();
    let id = disk.with_untracked(|disk| disk.id);
    let newest = ask(move || {
        live.track_disk(id);
        api::newest_snapshot(id)
    });
    let unknown = newest.error();
    let again = newest.again();
    let newest = Signal::derive(move || newest.get().flatten());
    let restoring = RwSignal::new(false);
    // Known at once, so that the menu has its place before it is known what is in it.
    let any = Memo::new(move |_| disk.with(|disk| disk.snapshot_count > 0));
    let name = Signal::derive(move || disk.with(|disk| disk.name.to_string()));
    view! {
        <PageHead title=name note=move || view! { <Source disk /> }>
            <Show when=move || any.get()>
                <Download of=newest />
            </Show>
            <button
                type="button"
                class="button"
                disabled=move || newest.with(Option::is_none)
                title="A disk of its own, with the bytes of this one's newest snapshot"
                on:click=move |_| restoring.set(true)
            >
                <Icon name="restore" /> "New disk from newest"
            </button>
            <a class="button" href=move || Route::Snapshots { disk: Some(id) }.path()>
                <Icon name="snapshots" /> "All snapshots"
            </a>
            <SnapshotNow disk look="primary" />
        </PageHead>
        {move || unknown.get().map(|error| failure(&error, false, move || again.notify()))}
        <NewDiskDialog open=restoring from=newest />
        <dl class="facts">
            <div><dt>"Size"</dt><dd><Bytes of=Signal::derive(move || disk.with(|disk| disk.size_bytes.bytes())) /></dd></div>
            <div><dt>"Tier"</dt><dd>{move || disk.with(|disk| disk.sku.to_string())}</dd></div>
            <div>
                <dt>"Snapshots on"</dt>
                <dd>{move || disk.with(|disk| match disk.snapshot_sku {
                    Some(sku) => sku.to_string(),
                    None => "automatic".to_owned(),
                })}</dd>
            </div>
            <div><dt>"Region"</dt><dd>{move || disk.with(|disk| disk.region.to_string())}</dd></div>
            <div><dt>"Snapshots"</dt><dd>{move || disk.with(|disk| disk.snapshot_count)}</dd></div>
            <div>
                <dt>"Last snapshot"</dt>
                <dd>{move || match disk.with(|disk| disk.last_snapshot_at) {
                    Some(at) => view! { <Ago at=at /> }.into_any(),
                    None => "never".into_any(),
                }}</dd>
            </div>
        </dl>
    }
}

/// The one thing to do with a disk that has no snapshot.
#[component]
pub fn TakeFirst(
    /// The disk.
    disk: Signal<Disk>,
) -> impl IntoView {
    view! { <SnapshotNow disk look="primary" words="Take the first snapshot" /> }
}

/// Where the disk's bytes are.
#[component]
fn Source(disk: Signal<Disk>) -> impl IntoView {
    move || match disk.with(|disk| disk.source.clone()) {
        DiskSource::Attached { path, format } => {
            view! { "Attached " {format.to_string()} " image " <code>{path}</code> }.into_any()
        }
        DiskSource::Managed { origin: None, dirty_bytes } => {
            view! { "Managed disk, made empty" <Dirty dirty_bytes /> }.into_any()
        }
        DiskSource::Managed { origin: Some(_), dirty_bytes } => {
            view! { "Managed disk, made from a snapshot" <Dirty dirty_bytes /> }.into_any()
        }
    }
}

#[component]
fn Dirty(dirty_bytes: u64) -> impl IntoView {
    (dirty_bytes > 0)
        .then(|| view! { " · " <Bytes of=dirty_bytes /> " written since its last snapshot" })
}
