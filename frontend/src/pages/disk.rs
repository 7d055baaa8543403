//! One disk: its timeline, and its blocks between any two of its snapshots.

mod address;
pub mod between;
pub mod bytes;
mod detail;
pub mod explore;
pub mod extents;
pub mod head;
pub mod inspector;
mod known;
pub mod running;

use leptos::prelude::*;
use shared::{Code, Disk, DiskId, Timeline};

use crate::{
    api::{self, ApiError},
    asked::{Asked, ask},
    components::{empty::Empty, page_head::PageHead, remote::Remote},
    live::use_live,
    routes::Route,
};
use explore::Explore;
use head::Head;

/// At most so many bars are asked for: a wide screen has no room for more.
const BARS: u32 = 1000;

/// `/disks/:id`
#[component]
pub fn DiskPage(
    /// The disk.
    id: DiskId,
) -> impl IntoView {
    let live = use_live();
    let disk = ask(move || {
        live.track_disk(id);
        api::disk(id)
    });
    let is_gone = Memo::new(move |_| {
        let code = disk.error().with(|error| error.as_ref().and_then(ApiError::code));
        code == Some(Code::DiskNotFound)
    });
    move || {
        if is_gone.get() {
            view! { <Gone id /> }.into_any()
        } else {
            view! { <Here id disk /> }.into_any()
        }
    }
}

/// A disk that was detached, or never there.
#[component]
fn Gone(id: DiskId) -> impl IntoView {
    view! {
        <PageHead title="No such disk" />
        <Empty icon="detach" title="This disk is not attached">
            <p>"It was detached, or the link is mistyped. Snapshots that were taken of it are still there."</p>
            <p class="trace"><code>{Code::DiskNotFound.as_str()}</code></p>
            <a class="button" href=Route::Snapshots { disk: Some(id) }.path()>"Its snapshots"</a>
            <a class="button" href=Route::Disks.path()>"All disks"</a>
        </Empty>
    }
}

#[component]
fn Here(id: DiskId, disk: Asked<Disk>) -> impl IntoView {
    let live = use_live();
    let timeline = ask(move || {
        live.track_disk(id);
        api::timeline(id, None, None, BARS)
    });
    view! {
        <Remote source=disk loading=|| view! { <div class="disk-skeleton"></div> } let:disk>
            <Head disk />
            <Remote
                source=timeline
                is_empty=|timeline: &Timeline| timeline.bars.is_empty()
                empty=move || view! {
                    <Empty icon="camera" title="No snapshot yet">
                        <p>
                            "A snapshot keeps this disk as it is now. From the second one on, the timeline shows "
                            "how much changed, and the map shows where, down to single blocks of 4 KiB."
                        </p>
                        <head::TakeFirst disk />
                    </Empty>
                }
                loading=|| view! { <div class="timeline-skeleton"></div> }
                let:timeline
            >
                <Explore disk timeline />
            </Remote>
        </Remote>
    }
}
