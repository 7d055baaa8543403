//! The two lists that a comparison's sides are picked from.

use std::collections::BTreeMap;

use leptos::prelude::*;
use shared::{DiskId, Snapshot, SnapshotId};

use crate::{
    api,
    asked::ask,
    components::{icon::Icon, remote::Remote},
    live::use_live,
    pages::disk::between::Picker,
    view::snapshots::{Entry, to_pick},
};

/// Of a disk with very many snapshots, the newest are listed.
const NEWEST: usize = 1000;

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
    /// Told that another was picked, which differs in other places.
    #[prop(into)]
    picked: Callback<()>,
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
    // Only snapshots of one disk can be compared: that of a side, until another is picked.
    let other = RwSignal::new(None::<DiskId>);
    let known = source.value();
    let disks = Memo::new(move |_| {
        let disk = |it: &Snapshot| (it.disk_id.to_string(), it.disk_name.to_string());
        let all = known.with(|all| all.iter().flatten().map(disk).collect::<BTreeMap<_, _>>());
        all.into_iter().collect::<Vec<_>>()
    });
    let disk = Memo::new(move |_| {
        let side = a.get().or_else(|| b.get());
        let of =
            |id| known.with(|all| all.iter().flatten().find(|it| it.id == id).map(|it| it.disk_id));
        other
            .get()
            .or_else(|| side.and_then(of))
            .or_else(|| disks.with(|all| all.first().and_then(|it| it.0.parse().ok())))
    });
    let listed = Memo::new(move |_| {
        let mut own = known.with(|all| {
            let own = all.iter().flatten().filter(|it| Some(it.disk_id) == disk.get());
            own.cloned().collect::<Vec<_>>()
        });
        own.reverse();
        to_pick(
            &own,
            own.get(own.len().saturating_sub(NEWEST)..).unwrap_or_default(),
            &[a.get(), b.get()],
        )
    });
    let choose_disk = move |text: String| {
        other.set(text.parse().ok());
        set_a.set(None);
        set_b.set(None);
        picked.run(());
    };
    let choose = move |set: SignalSetter<Option<SnapshotId>>| {
        Callback::new(move |id: Option<SnapshotId>| {
            set.set(id);
            picked.run(());
        })
    };
    view! {
        <Remote source loading=|| view! { <div class="pickers"></div> } let:_known>
            <div class="pickers">
                <label class="between-end">
                    <span>"Disk"</span>
                    <select
                        class="select"
                        prop:value=move || disk.get().map(|id| id.to_string()).unwrap_or_default()
                        on:change=move |event| choose_disk(event_target_value(&event))
                    >
                        {move || disks.get().into_iter().map(|(id, name)| {
                            let selected = disk.get().is_some_and(|disk| disk.to_string() == id);
                            view! { <option value=id selected=selected>{name}</option> }
                        }).collect_view()}
                    </select>
                </label>
                <Side label="From" listed chosen=a choose=choose(set_a) />
                <button type="button" class="icon-button" aria-label="Exchange the two" title="Exchange the two" on:click=swap>
                    <Icon name="swap" />
                </button>
                <Side label="To" listed chosen=b choose=choose(set_b) />
            </div>
        </Remote>
    }
}

#[component]
fn Side(
    label: &'static str,
    listed: Memo<Vec<Entry>>,
    chosen: Signal<Option<SnapshotId>>,
    choose: Callback<Option<SnapshotId>>,
) -> impl IntoView {
    view! {
        <label class="between-end">
            <span>{label}</span>
            <Picker listed chosen choose=move |text: String| choose.run(text.parse().ok()) first="Pick a snapshot" />
        </label>
    }
}
