//! The top of a page: its name, what it says about it, and its main actions.

use leptos::prelude::*;

use crate::{asked::effect, components::focus::TITLE};

/// A page's head. Sets the document's title too.
#[component]
pub fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: Signal<String>,
    /// A line below it.
    #[prop(optional, into)]
    note: Option<ViewFn>,
    /// The page's main actions.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    effect(move || document().set_title(&format!("{} · Skikt", title.get())));
    view! {
        <header class="page-head">
            <div class="page-head-words">
                <h1 id=TITLE tabindex="-1">{title}</h1>
                {note.map(|note| view! { <p class="muted">{note.run()}</p> })}
            </div>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </header>
    }
}
