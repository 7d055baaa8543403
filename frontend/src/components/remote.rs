//! Shows what came from the server: loading, failed, empty or there.
//!
//! What is there is drawn once, and follows a signal from then on: asking again neither flickers
//! nor takes the focus away. When asking again fails, what is known stays, with a word about it.

use leptos::prelude::*;

use crate::{
    api::{Answer, ApiError},
    components::icon::Icon,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Loading,
    Failed,
    Empty,
    Ready,
}

/// A value from the server in its four states.
#[component]
pub fn Remote<T, V>(
    /// What the server gives.
    source: LocalResource<Answer<T>>,
    /// Whether there is nothing in it.
    #[prop(optional)]
    is_empty: Option<fn(&T) -> bool>,
    /// Shown when there is nothing in it.
    #[prop(optional, into)]
    empty: ViewFn,
    /// Shown until it is there; best with the measures of what comes.
    #[prop(optional, into)]
    loading: Option<ViewFn>,
    /// Draws what is there.
    children: impl Fn(Signal<T>) -> V + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let value = RwSignal::new(None::<T>);
    let error = RwSignal::new(None::<ApiError>);
    Effect::new(move || match source.get() {
        None => {}
        Some(Ok(fresh)) => {
            error.set(None);
            value.set(Some(fresh));
        }
        Some(Err(refusal)) => error.set(Some(refusal)),
    });
    let phase = Memo::new(move |_| {
        value.with(|value| match value {
            Some(value) if is_empty.is_some_and(|is_empty| is_empty(value)) => Phase::Empty,
            Some(_) => Phase::Ready,
            None if error.with(Option::is_some) => Phase::Failed,
            None => Phase::Loading,
        })
    });
    let known = Signal::derive(move || value.get().expect("the phase is past loading"));
    let stale = move || value.with(Option::is_some).then(|| error.get()).flatten();
    let loading = loading.unwrap_or_else(|| ViewFn::from(Skeleton));
    view! {
        {move || stale().map(|error| failure(&error, true, move || source.refetch()))}
        {move || match phase.get() {
            Phase::Loading => view! { <div aria-busy="true" aria-live="polite">{loading.run()}</div> }.into_any(),
            Phase::Failed => error
                .get()
                .map(|error| failure(&error, false, move || source.refetch()))
                .into_any(),
                        Phase::Empty => empty.run().into_any(),
            Phase::Ready => children(known).into_any(),
        }}
    }
}

/// Grey lines in the place of what is asked for.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton">
            <span class="visually-hidden">"Loading"</span>
            <i></i><i></i><i></i><i></i>
        </div>
    }
}

/// Why there is nothing to show, and what to do about it; `stale`: what was known is shown below.
pub fn failure<F>(error: &ApiError, stale: bool, retry: F) -> impl IntoView + use<F>
where
    F: Fn() + 'static,
{
    let lead = if stale { "This may be old: it could not be asked for again. " } else { "" };
    view! {
        <div class="failure" role="alert">
            <Icon name="error" />
            {explain(error, lead)}
            <button type="button" class="button" on:click=move |_| retry()>
                "Try again"
            </button>
        </div>
    }
}

/// An error in words: what, what to do, and what the server's log calls it.
pub fn explain(error: &ApiError, lead: &'static str) -> impl IntoView + use<> {
    let help = error.help().map(|help| view! { <p>{help.to_owned()}</p> });
    let code = error.code().map(|code| view! { <code>{code.as_str()}</code> });
    let request = error.request_id().map(|id| {
        view! { <span>"request " <code>{id.to_owned()}</code></span> }
    });
    let traced = code.is_some() || request.is_some();
    view! {
        <div>
            <p><strong>{lead}{error.to_string()}</strong></p>
            {help}
            {traced.then(|| view! { <p class="trace">{code} " " {request}</p> })}
        </div>
    }
}
