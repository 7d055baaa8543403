//! What is shown where there is no page.

use leptos::prelude::*;

use crate::{
    components::{empty::Empty, page_head::PageHead},
    navigation::use_navigation,
    routes::Route,
};

/// Any address that is no page's.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let navigation = use_navigation();
    view! {
        <PageHead title="No such page" />
        <Empty
            icon="search"
            title=Signal::derive(move || format!("There is nothing at {}", navigation.path()))
        >
            <p>"The link may be old, or the address mistyped."</p>
            <a class="button" href=Route::Overview.path()>"Go to the overview"</a>
        </Empty>
    }
}
