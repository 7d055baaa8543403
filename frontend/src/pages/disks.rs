//! The list of disks.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/disks`
#[component]
pub fn DisksPage() -> impl IntoView {
    view! { <PageHead title="Disks" /> }
}
