//! The frame around every page: navigation, routes, and what every page may ask for.

use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    components::{keys::Keys, nav::Nav, time::provide_clock, toast, watch},
    live::Live,
    pages::{
        cost::CostPage, diff::DiffPage, disk::DiskPage, disks::DisksPage, jobs::JobsPage,
        not_found::NotFoundPage, overview::OverviewPage, snapshots::SnapshotsPage,
    },
    prefs::Prefs,
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
    watch::provide();
    view! {
        <Router>
            <a class="skip" href="#page">"Skip to the page"</a>
            <div class="shell">
                <Nav />
                <main id="page" class="page" tabindex="-1">
                    <FlatRoutes fallback=NotFoundPage>
                        <Route path=path!("/") view=OverviewPage />
                        <Route path=path!("/disks") view=DisksPage />
                        <Route path=path!("/disks/:id") view=DiskPage />
                        <Route path=path!("/diff") view=DiffPage />
                        <Route path=path!("/snapshots") view=SnapshotsPage />
                        <Route path=path!("/cost") view=CostPage />
                        <Route path=path!("/jobs") view=JobsPage />
                        <Route path=path!("/jobs/:id") view=JobsPage />
                    </FlatRoutes>
                </main>
            </div>
            <Keys />
            <toast::Toasts />
        </Router>
    }
}
