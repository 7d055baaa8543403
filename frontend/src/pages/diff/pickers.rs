//! The two lists that a comparison's sides are picked from.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId};

use crate::{
    api,
    asked::ask,
    components::{icon::Icon, remote::Remote},
    live::use_live,
};

/// Both sides, and their exchange.
#[component]
pub fn Pickers(
    /// The side that is given.
    a: Signal<Option<SnapshotId>>,
    /// The side that is reached.
    b: Signal<Option<SnapshotId>>,
    /// Picks the former.
    set_a: SignalSetter<Option<SnapshotId>>,
    /// Picks the latter.
    set_b: SignalSetter<Option<SnapshotId>>,
) -> impl IntoView {
    let live = use_live();
    let source = ask(move || {
        live.track_inventory();
        api::snapshots(None)
    });
    let swap = move |_| {
        let (was_a, was_b) = (a.get_untracked(), b.get_untracked());
        set_a.set(was_b);
        set_b.set(was_a);
    };
    view! {
        <Remote source loading=|| view! { <div class="pickers"></div> } let:snapshots>
            <div class="pickers">
                <Side label="From" snapshots chosen=a choose=set_a />
                <button type="button" class="icon-button" aria-label="Exchange the two" title="Exchange the two" on:click=swap>
                    <Icon name="swap" />
                </button>
                <Side label="To" snapshots chosen=b choose=set_b />
            </div>
        </Remote>
    }
}

#[component]
fn Side(
    label: &'static str,
    snapshots: Signal<Vec<Snapshot>>,
    chosen: Signal<Option<SnapshotId>>,
    choose: SignalSetter<Option<SnapshotId>>,
) -> impl IntoView {
    let disks = Memo::new(move |_| {
        let mut disks: BTreeMap<String, Vec<(SnapshotId, String)>> = BTreeMap::new();
        for snapshot in snapshots.get() {
            let names = disks.entry(snapshot.disk_name.to_string()).or_default();
            names.push((snapshot.id, snapshot.name.to_string()));
        }
        disks
    });
    let group = move |(disk, names): (String, Vec<(SnapshotId, String)>)| {
        let option = move |(id, name): (SnapshotId, String)| {
            view! {
                <option value=id.to_string() selected=move || chosen.get() == Some(id)>{name}</option>
            }
        };
        view! { <optgroup label=disk>{names.into_iter().map(option).collect_view()}</optgroup> }
    };
    view! {
        <label class="between-end">
            <span>{label}</span>
            <select class="select" on:change=move |event| choose.set(event_target_value(&event).parse().ok())>
                <option value="" selected=move || chosen.get().is_none()>"Pick a snapshot"</option>
                {move || disks.get().into_iter().map(group).collect_view()}
            </select>
        </label>
    }
}
