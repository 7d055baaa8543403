//! What snapshots cost and save.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/cost`
#[component]
pub fn CostPage() -> impl IntoView {
    view! { <PageHead title="Cost" /> }
}
