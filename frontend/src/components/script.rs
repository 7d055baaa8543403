//! The same from a shell: what a dialog does, as a line to copy.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::components::icon::Icon;

/// A line for a shell, behind a word that opens it.
#[component]
pub fn Script(
    /// The line.
    #[prop(into)]
    line: Signal<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            let written = window().navigator().clipboard().write_text(&line.get_untracked());
            copied.set(JsFuture::from(written).await.is_ok());
        });
    };
    view! {
        <details class="script">
            <summary><Icon name="terminal" />"The same from a shell"</summary>
            <div>
                <pre tabindex="0"><code>{line}</code></pre>
                <button type="button" class="text-button" on:click=copy>
                    <Icon name=Signal::derive(move || if copied.get() { "check" } else { "copy" }) />
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </button>
            </div>
        </details>
    }
}

/// Where the API is for a shell: the page's origin and a path of the API.
pub fn absolute(path: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}", crate::api::address(path))
}
