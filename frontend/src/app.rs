//! The frame around every page: navigation, routes, and what every page may ask for.

use leptos::prelude::*;

use crate::{
    components::{keys::Keys, nav::Nav, time::provide_clock, toast, watch},
    live::Live,
    navigation::{self, use_navigation},
    pages::{
        cost::CostPage,
        diff::DiffPage,
        disk::DiskPage,
        disks::DisksPage,
        jobs::{JobPage, JobsPage, NoSuchJobPage},
        not_found::NotFoundPage,
        overview::OverviewPage,
        snapshots::SnapshotsPage,
    },
    prefs::Prefs,
    routes::Page,
    upload::Upload,
};

/// Puts the dashboard in the place of the shell that the page came with.
pub fn mount() {
    if let Some(shell) = document().get_element_by_id("boot") {
        shell.remove();
    }
    mount_to_body(App);
}

/// The whole dashboard.
#[component]
pub fn App() -> impl IntoView {
    Prefs::provide();
    Live::provide();
    provide_clock();
    toast::provide();
    Upload::provide();
    watch::provide();
    navigation::provide();
    let navigation = use_navigation();
    let page = Memo::new(move |_| Page::at(&navigation.path()));
    view! {
        <a class="skip" href="#page">"Skip to the page"</a>
        <div class="shell">
            <Nav />
            <main id="page" class="page" tabindex="-1">
                {move || match page.get() {
                    Page::Overview => view! { <OverviewPage /> }.into_any(),
                    Page::Disks => view! { <DisksPage /> }.into_any(),
                    Page::Disk(id) => view! { <DiskPage id /> }.into_any(),
                    Page::Diff => view! { <DiffPage /> }.into_any(),
                    Page::Snapshots => view! { <SnapshotsPage /> }.into_any(),
                    Page::Cost => view! { <CostPage /> }.into_any(),
                    Page::Jobs => view! { <JobsPage /> }.into_any(),
                    Page::Job(id) => view! { <JobPage id /> }.into_any(),
                    Page::NoSuchJob => view! { <NoSuchJobPage /> }.into_any(),
                    Page::NotFound => view! { <NotFoundPage /> }.into_any(),
                }}
            </main>
        </div>
        <Keys />
        <toast::Toasts />
    }
}
