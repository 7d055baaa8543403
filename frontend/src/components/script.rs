//! The same from a shell: what a dialog does, as lines to copy.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::{components::icon::Icon, view::script};

/// For so long it is told that a line was copied.
const TOLD: Duration = Duration::from_secs(2);

/// Lines for a shell, behind a word that opens them: each does the same, by itself.
#[component]
pub fn Script(
    /// The lines.
    #[prop(into)]
    lines: Signal<Vec<String>>,
) -> impl IntoView {
    view! {
        <details class="script">
            <summary><Icon name="terminal" />"The same from a shell"</summary>
            {move || lines.get().into_iter().map(line).collect::<Vec<_>>()}
        </details>
    }
}

fn line(text: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let shown = text.clone();
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text);
        leptos::task::spawn_local(async move {
            let done = JsFuture::from(written).await.is_ok();
            // The dialog may be closed by now.
            let _gone = copied.try_set(done);
            let forget = move || {
                let _gone = copied.try_set(false);
            };
            set_timeout(forget, TOLD);
        });
    };
    let button = can_copy().then(|| {
        view! {
            <button type="button" class="text-button" on:click=copy>
                <Icon name=Signal::derive(move || if copied.get() { "check" } else { "copy" }) />
                {move || if copied.get() { "Copied" } else { "Copy" }}
            </button>
        }
    });
    view! {
        <div>
            <pre tabindex="0"><code>{shown}</code></pre>
            {button}
        </div>
    }
}

/// A browser lends its clipboard to pages from this machine, and to those that came encrypted.
fn can_copy() -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &JsValue::from("clipboard"));
    clipboard.is_ok_and(|clipboard| !clipboard.is_undefined())
}

/// Where the API is for a shell: the page's origin and a path of the API.
pub fn absolute(path: &str) -> String {
    format!("{}{}", origin(), crate::api::address(path))
}

/// A `skikt` line for the server that this page came from.
pub fn skikt<W: AsRef<str>>(words: &[W]) -> String {
    script::skikt(&origin(), words)
}

fn origin() -> String {
    window().location().origin().unwrap_or_default()
}
