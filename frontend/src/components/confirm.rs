//! A dialog that says what will happen before it does.

use leptos::prelude::*;

use crate::{
    api::ApiError,
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
    /// Whether it goes on right now.
    #[prop(into)]
    pending: Signal<bool>,
    /// Whether it may not be done yet.
    #[prop(optional, into)]
    blocked: Signal<bool>,
    /// Why it did not work.
    #[prop(into)]
    error: Signal<Option<ApiError>>,
    /// The same from a shell.
    #[prop(optional, into)]
    script: Option<Signal<String>>,
    /// Does it.
    #[prop(into)]
    act: Callback<()>,
    /// What will happen.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Dialog open=open title=title>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    act.run(());
                }
            >
                {children.with_value(|children| children())}
                <FormError error=error />
                {script.map(|line| view! { <Script line=line /> })}
                <footer>
                    <button type="button" class="button" on:click=move |_| open.set(false)>"Keep as it is"</button>
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
