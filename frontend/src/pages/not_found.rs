//! What is shown where there is no page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    components::{empty::Empty, page_head::PageHead},
    routes::Route,
};

/// Any address that is no page's.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let path = use_location().pathname;
    view! {
        <PageHead title="No such page" />
        <Empty
            icon="search"
            title=Signal::derive(move || format!("There is nothing at {}", path.get()))
        >
            <p>"The link may be old, or the address mistyped."</p>
            <a class="button" href=Route::Overview.path()>"Go to the overview"</a>
        </Empty>
    }
}
