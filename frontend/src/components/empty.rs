//! A place where there is nothing yet: why, and the one thing to do.

use leptos::prelude::*;

use crate::components::icon::Icon;

/// Words and an action where there is nothing to show.
#[component]
pub fn Empty(
    /// An icon of the sprite.
    icon: &'static str,
    /// What there is none of.
    #[prop(into)]
    title: Signal<String>,
    /// Why, and what to do.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
