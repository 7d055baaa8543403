//! The rail at the side: where the pages are, whether what is shown is live, and settings.

use leptos::prelude::*;

use crate::{
    api,
    components::{icon::Icon, show::Show},
    live::{Connection, use_live},
    navigation::use_navigation,
    prefs::{Theme, Zone, use_prefs},
    routes::{self, Route},
    upload::use_upload,
    view::percent,
};

/// The navigation of every page.
#[component]
pub fn Nav() -> impl IntoView {
    let live = use_live();
    let jobs = live.jobs();
    let busy = Memo::new(move |_| {
        jobs.with(|jobs| jobs.iter().filter(|job| !job.status.is_final()).count())
    });
    let sent = use_upload();
    let share = move || percent::text(sent.done(), sent.total());
    let navigation = use_navigation();
    let link = |route: Route, icon: &'static str, words: &'static str, count: AnyView| {
        let path = route.path();
        let current = {
            let path = path.clone();
            move || routes::is_within(&navigation.path(), &path).then_some("page")
        };
        view! {
            <a href=path aria-current=current>
                <Icon name=icon />
                <span>{words}</span>
                {count}
            </a>
        }
    };
    let busy_count = view! {
        <Show when=move || { busy.get() > 0 }>
            <span class="count" aria-label=move || format!("{} at work", busy.get())>
                {busy}
            </span>
        </Show>
    };
    let sent_count = view! {
        <Show when=move || sent.is_under_way()>
            <span class="count" aria-label=move || format!("{} uploaded", share())>{share}</span>
        </Show>
    };
    view! {
        <header class="rail">
            <a class="brand" href="/" aria-label="Skikt, overview">
                <Icon name="layers" />
                <span>"Skikt"</span>
            </a>
            <nav aria-label="Pages">
                {link(Route::Overview, "overview", "Overview", ().into_any())}
                {link(Route::Disks, "disk", "Disks", sent_count.into_any())}
                {link(Route::Snapshots { disk: None }, "snapshots", "Snapshots", ().into_any())}
                {link(Route::Cost, "cost", "Cost", ().into_any())}
                {link(Route::Jobs, "jobs", "Jobs", busy_count.into_any())}
            </nav>
            <div class="rail-foot">
                <LivePill />
                <a class="rail-link" href=api::docs_url() rel="external">
                    <Icon name="book" />
                    <span>"API"</span>
                </a>
                <Settings />
            </div>
        </header>
    }
}

/// Whether what is shown is as it is.
#[component]
fn LivePill() -> impl IntoView {
    let connection = use_live().connection();
    let state = move || match connection.get() {
        Connection::Connecting => "connecting",
        Connection::Live => "live",
        Connection::Reconnecting => "reconnecting",
    };
    view! {
        <p class="live" role="status" data-state=state>
            <i></i>
            {move || match connection.get() {
                Connection::Connecting => "Connecting",
                Connection::Live => "Live",
                Connection::Reconnecting => "Reconnecting",
            }}
        </p>
    }
}

/// Colours, and the clock that times are told by.
#[component]
fn Settings() -> impl IntoView {
    let prefs = use_prefs();
    let next = move || match prefs.theme.get() {
        Theme::System => Theme::Light,
        Theme::Light => Theme::Dark,
        Theme::Dark => Theme::System,
    };
    let icon = Signal::derive(move || match prefs.theme.get() {
        Theme::System => "system",
        Theme::Light => "sun",
        Theme::Dark => "moon",
    });
    let utc = move || prefs.zone.get() == Zone::Utc;
    view! {
        <div class="settings">
            <button
                type="button"
                class="icon-button"
                title=move || format!("Colours: {}. Switch to {}.", prefs.theme.get().as_str(), next().as_str())
                aria-label=move || format!("Colours: {}. Switch to {}.", prefs.theme.get().as_str(), next().as_str())
                on:click=move |_| prefs.theme.set(next())
            >
                <Icon name=icon />
            </button>
            <button
                type="button"
                class="text-button"
                aria-pressed=move || utc().to_string()
                title="Tell times in UTC, or by the clock of this browser"
                on:click=move |_| prefs.zone.set(if utc() { Zone::Local } else { Zone::Utc })
            >
                {move || if utc() { "UTC" } else { "Local" }}
            </button>
        </div>
    }
}
