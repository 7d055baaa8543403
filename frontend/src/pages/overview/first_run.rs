//! From nothing to the first snapshot, in three steps.

use leptos::prelude::*;
use shared::{Disk, DiskId};

use crate::{
    components::{
        field::Choice,
        icon::Icon,
        new_disk::{Attach, Way},
        show::Show,
        snapshot_now::SnapshotDialog,
        upload::Upload,
    },
    routes::Route,
    upload::use_upload,
    view::upload::is_unfinished,
};

/// The guide of a server that has no snapshot.
#[component]
pub fn FirstRun(
    /// The disks that are there.
    disks: Signal<Vec<Disk>>,
    /// Told when the overview is wanted.
    #[prop(into)]
    finished: Callback<()>,
) -> impl IntoView {
    let way = RwSignal::new(Way::Upload);
    let sent = use_upload();
    let made = RwSignal::new(None::<DiskId>);
    let taking = RwSignal::new(None::<Disk>);
    let on_made = Callback::new(move |disk: Disk| made.set(Some(disk.id)));
    // The disk that was made here, or else the first that is there.
    let disk = Memo::new(move |_| {
        disks.with(|disks| {
            // One that is being filled is told of like any other, and is not ready.
            let mut ready = disks.iter().filter(|disk| !is_unfinished(disk));
            ready.find(|disk| made.get().is_none_or(|made| made == disk.id)).cloned()
        })
    });
    let has_snapshot = Memo::new(move |_| {
        disk.with(|disk| disk.as_ref().is_some_and(|disk| disk.snapshot_count > 0))
    });
    let is_there = move || disk.with(Option::is_some) && !sent.is_under_way();
    let step = Memo::new(move |_| match (is_there(), has_snapshot.get()) {
        (false, _) => 1,
        (true, false) => 2,
        (true, true) => 3,
    });
    let state = move |number: i32| match step.get() - number {
        0 => "now",
        1.. => "done",
        _ => "later",
    };
    let name = move || {
        disk.with(|disk| disk.as_ref().map(|disk| disk.name.to_string())).unwrap_or_default()
    };
    view! {
        <p class="lead">
            "Skikt keeps every snapshot as small as what changed, and each can be used as the whole disk. "
            "Three steps to the first one:"
        </p>
        <ol class="steps">
            <li data-state=move || state(1) aria-current=move || (step.get() == 1).then_some("step")>
                <Number number=1 done=Signal::derive(move || step.get() > 1) />
                <div>
                    <h2>{move || if step.get() > 1 { format!("{} is there", name()) } else { "Bring a disk".to_owned() }}</h2>
                    <Show when=move || step.get() == 1>
                        <BrokenOff disks=disks />
                        <Choice
                            label="Where the image is"
                            value=way
                            options=vec![(Way::Upload, "Upload an image"), (Way::Attach, "Attach one on the server")]
                        />
                        {move || match way.get() {
                            Way::Attach => view! { <div class="form"><Attach made=on_made /></div> }.into_any(),
                            Way::Upload | Way::Empty => view! { <Upload uploaded=on_made /> }.into_any(),
                        }}
                    </Show>
                </div>
            </li>
            <li data-state=move || state(2) aria-current=move || (step.get() == 2).then_some("step")>
                <Number number=2 done=Signal::derive(move || step.get() > 2) />
                <div>
                    <h2>"Take the first snapshot"</h2>
                    <p class="muted">"It holds the disk's used blocks, never holes or zeros. Every later one stores only what changed."</p>
                    {move || (step.get() >= 2).then(|| disk.get()).flatten().map(|disk| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                data-look="primary"
                                disabled=has_snapshot
                                on:click=move |_| taking.set(Some(disk.clone()))
                            >
                                <Icon name="camera" />
                                "Take first snapshot"
                            </button>
                        }
                    })}
                </div>
            </li>
            <li data-state=move || state(3) aria-current=move || (step.get() == 3).then_some("step")>
                <Number number=3 done=Signal::from(false) />
                <div>
                    <h2>"See it"</h2>
                    <p class="muted">"The disk's page shows its timeline, and which blocks hold data and changed."</p>
                    <Show when=move || step.get() == 3>
                        <div class="actions">
                            {move || disk.get().map(|disk| {
                                view! { <a class="button" data-look="primary" href=Route::Disk(disk.id).path()>"Open the disk"</a> }
                            })}
                            <button type="button" class="button" on:click=move |_| finished.run(())>"Go to the overview"</button>
                        </div>
                    </Show>
                </div>
            </li>
        </ol>
        <SnapshotDialog disk=taking />
    }
}

#[component]
fn Number(number: u8, done: Signal<bool>) -> impl IntoView {
    view! {
        <span class="step-number">
            {move || if done.get() { view! { <Icon name="check" /> }.into_any() } else { number.into_any() }}
        </span>
    }
}

/// A disk whose upload was left in its middle, by another tab or before.
#[component]
fn BrokenOff(disks: Signal<Vec<Disk>>) -> impl IntoView {
    let sent = use_upload();
    let half = move || {
        let half = disks.with(|disks| disks.iter().find(|disk| is_unfinished(disk)).cloned());
        half.filter(|_| !sent.is_under_way())
    };
    move || {
        half().map(|half| {
            view! {
                <p class="loss">
                    <Icon name="alert" />
                    <span>
                        {format!("The upload of {} broke off: detach it, and begin again. ", half.name)}
                        <a href=Route::Disks.path()>"To the disks"</a>
                    </span>
                </p>
            }
        })
    }
}
