//! The snapshots of all disks, or of one.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/snapshots`
#[component]
pub fn SnapshotsPage() -> impl IntoView {
    view! { <PageHead title="Snapshots" /> }
}
