//! The jobs, and one of them.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/jobs` and `/jobs/:id`
#[component]
pub fn JobsPage() -> impl IntoView {
    view! { <PageHead title="Jobs" /> }
}
