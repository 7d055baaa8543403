//! Two snapshots compared.

use leptos::prelude::*;

use crate::components::page_head::PageHead;

/// `/diff?a&b`
#[component]
pub fn DiffPage() -> impl IntoView {
    view! { <PageHead title="Compare" /> }
}
