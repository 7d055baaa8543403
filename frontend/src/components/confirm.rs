//! A dialog that says what will happen before it does.

use leptos::prelude::*;

use crate::{
    api::ApiError,
    asked::{Deed, effect},
    components::{dialog::Dialog, remote::explain, script::Script},
};

/// A question with its consequence, and a button that names the deed.
#[component]
pub fn Confirm(
    /// Whether it is asked.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// The deed: a verb and its object.
    #[prop(into)]
    deed: Signal<String>,
    /// Whether something is lost by it.
    #[prop(optional)]
    danger: bool,
    /// How it goes.
    doing: Deed,
    /// Stops it in the middle; what is done by then stays done.
    #[prop(optional, into)]
    stop: Option<Callback<()>>,
    /// Whether it may not be done yet.
    #[prop(optional, into)]
    blocked: Signal<bool>,
    /// The same from a shell.
    #[prop(optional, into)]
    script: Option<Signal<Vec<String>>>,
    /// Does it.
    #[prop(into)]
    act: Callback<()>,
    /// What will happen.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let pending = doing.pending();
    let is_open = Memo::new(move |_| open.get());
    effect(move || {
        if is_open.get() {
            doing.begin_anew();
        }
    });
    let leave = move |_| match stop {
        Some(stop) if pending.get_untracked() => stop.run(()),
        _ => open.set(false),
    };
    let leaving = move || if stop.is_some() && pending.get() { "Stop" } else { "Keep as it is" };
    view! {
        <Dialog open=open title=title held=pending>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    act.run(());
                }
            >
                {children.with_value(|children| children())}
                <FormError error=doing.error() />
                {script.map(|lines| view! { <Script lines=lines /> })}
                <footer>
                    <button
                        type="button"
                        class="button"
                        disabled=move || stop.is_none() && pending.get()
                        on:click=leave
                    >
                        {leaving}
                    </button>
                    <button
                        type="submit"
                        class="button"
                        data-look=if danger { "danger" } else { "primary" }
                        disabled=move || pending.get() || blocked.get()
                    >
                        {deed}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}

/// Why what a form asked for was refused.
#[component]
pub fn FormError(
    /// Why, if it was.
    #[prop(into)]
    error: Signal<Option<ApiError>>,
) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! { <div class="failure" role="alert">{explain(&error, "")}</div> }
        })
    }
}
