//! Icons, from the sprite in the page.

use leptos::prelude::*;

/// An icon beside words that say the same; it is hidden from those who listen.
#[component]
pub fn Icon(
    /// Its name in `public/icons.svg`, without `icon-`.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" width="16" height="16">
            <use_ href=move || format!("#icon-{}", name.get()) />
        </svg>
    }
}
