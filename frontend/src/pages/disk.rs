//! One disk: its timeline and its blocks.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/disks/:id`
#[component]
pub fn DiskPage() -> impl IntoView {
    view! { <PageHead title="Disk" /> }
}
