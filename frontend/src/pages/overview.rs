//! What all disks did and saved, in five seconds.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/`
#[component]
pub fn OverviewPage() -> impl IntoView {
    view! { <PageHead title="Overview" /> }
}
