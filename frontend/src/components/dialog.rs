//! A window over the page: the browser's own, which keeps the focus in and gives it back.

use leptos::{html, prelude::*};

use crate::{
    asked::effect,
    components::{icon::Icon, show::Show},
};

/// Whether a dialog about something is open: from when there is something, and closing it lets
/// that go.
pub fn open_about<T: Send + Sync + 'static>(about: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    effect(move || {
        if about.with(Option::is_some) {
            open.set(true);
        }
    });
    effect(move || {
        if !open.get() {
            about.set(None);
        }
    });
    open
}

/// A dialog. What is in it lives only while it is open, so that it opens fresh.
#[component]
pub fn Dialog(
    /// Whether it is open; closing it by Escape sets it too.
    open: RwSignal<bool>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it stays open whatever is pressed: something in it goes on.
    #[prop(optional, into)]
    held: Signal<bool>,
    /// Its content; actions go into a `<footer>`.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            // It is refused only where it is open already, or not in the page.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    let closed = move |_| {
        // A browser lets a second Escape through.
        match node.get_untracked() {
            Some(dialog) if held.get_untracked() => drop(dialog.show_modal()),
            _ => open.set(false),
        }
    };
    let id = format!("dialog-{}", js_sys::Math::random().to_bits());
    let heading = id.clone();
    let children = StoredValue::new(children);
    view! {
        <dialog
            node_ref=node
            aria-labelledby=id
            on:cancel=move |event: web_sys::Event| if held.get_untracked() { event.prevent_default() }
            on:close=closed
        >
            <Show when=move || open.get()>
                <header>
                    <h2 id=heading.clone()>{title}</h2>
                </header>
                {children.with_value(|children| children())}
                // The last in it, so that the focus starts where the work does.
                <button
                    type="button"
                    class="icon-button dialog-close"
                    aria-label="Close"
                    disabled=held
                    on:click=move |_| open.set(false)
                >
                    <Icon name="close" />
                </button>
            </Show>
        </dialog>
    }
}
