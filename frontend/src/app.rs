//! The frame around every page; for now the one page that says what Skikt is.

use leptos::prelude::*;

/// The whole dashboard.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <main>
            <h1>"Skikt"</h1>
            <p>
                "Incremental snapshots of virtual disks, on storage you own: "
                "each snapshot stores only what changed since the last one, "
                "and each can be used as the whole disk."
            </p>
            <p class="note">
                "This page holds the dashboard's place and shows no data. "
                "Timelines, savings and heatmaps come with the server that feeds them."
            </p>
        </main>
    }
}
