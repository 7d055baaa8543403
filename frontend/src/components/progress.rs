//! How far something is.

use leptos::prelude::*;

use crate::view::percent;

/// A bar; while nobody knows how much there is, one that moves.
#[component]
pub fn Progress(
    /// How much is behind.
    #[prop(into)]
    done: Signal<u64>,
    /// How much there is; 0 while that is not known.
    #[prop(into)]
    total: Signal<u64>,
    /// What makes progress.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let known = move || total.get() > 0;
    let share = move || percent::share(done.get(), total.get());
    let now = move || known().then(|| format!("{:.0}", (share() * 100.0).floor()));
    view! {
        <div
            class="progress"
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=now
            data-known=move || known().to_string()
        >
            <div
                class="progress-bar"
                style:transform=move || known().then(|| format!("scaleX({:.4})", share()))
            ></div>
        </div>
    }
}
