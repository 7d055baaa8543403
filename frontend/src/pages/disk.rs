//! One disk: its timeline, and its blocks between any two of its snapshots.

mod address;
pub mod between;
pub mod bytes;
pub mod explore;
pub mod extents;
pub mod head;
pub mod inspector;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shared::{DiskId, Timeline};

use crate::{
    api,
    components::{empty::Empty, remote::Remote},
    live::use_live,
    pages::not_found::NotFoundPage,
};
use explore::Explore;
use head::Head;

/// At most so many bars are asked for: a wide screen has no room for more.
const BARS: u32 = 1000;

/// `/disks/:id`
#[component]
pub fn DiskPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id")?.parse::<DiskId>().ok()));
    move || match id.get() {
        Some(id) => view! { <Found id /> }.into_any(),
        None => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn Found(id: DiskId) -> impl IntoView {
    let live = use_live();
    let disk = LocalResource::new(move || {
        live.track_disk(id);
        api::disk(id)
    });
    let timeline = LocalResource::new(move || {
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
