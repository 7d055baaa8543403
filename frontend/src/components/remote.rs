//! Shows what came from the server: loading, failed, empty or there.
//!
//! What is there is drawn once, and follows a signal from then on: asking again neither flickers
//! nor takes the focus away. When asking again fails, what is known stays, with a word about it.

use leptos::prelude::*;

use crate::{api::ApiError, asked::Asked, components::icon::Icon};

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
    source: Asked<T>,
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
    let (value, error) = (source.value(), source.error());
    let phase = Memo::new(move |_| {
        value.with(|value| match value {
            Some(value) if is_empty.is_some_and(|is_empty| is_empty(value)) => Phase::Empty,
            Some(_) => Phase::Ready,
            None if error.with(Option::is_some) => Phase::Failed,
            None => Phase::Loading,
        })
    });
    let known = Signal::derive(move || value.get().expect("the phase is past loading"));
    let loading = loading.unwrap_or_else(|| ViewFn::from(Skeleton));
    let ready = Box::new(move || children(known).into_any());
    frame(phase, error, source.again(), loading, empty, ready)
}

/// What is the same whatever is asked for.
fn frame(
    phase: Memo<Phase>,
    error: RwSignal<Option<ApiError>>,
    again: Trigger,
    loading: ViewFn,
    empty: ViewFn,
    ready: Box<dyn Fn() -> AnyView + Send>,
) -> AnyView {
    let word =
        move |stale: bool| error.get().map(|error| failure(&error, stale, move || again.notify()));
    let is_known = move || matches!(phase.get(), Phase::Empty | Phase::Ready);
    view! {
        {move || is_known().then(|| word(true))}
        {move || match phase.get() {
            Phase::Loading => view! { <div aria-busy="true" aria-live="polite">{loading.run()}</div> }.into_any(),
            Phase::Failed => word(false).into_any(),
            Phase::Empty => empty.run().into_any(),
            Phase::Ready => ready(),
        }}
    }
    .into_any()
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
pub fn failure(error: &ApiError, stale: bool, retry: impl Fn() + 'static) -> AnyView {
    failed(error, stale, Box::new(retry))
}

fn failed(error: &ApiError, stale: bool, retry: Box<dyn Fn()>) -> AnyView {
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
    .into_any()
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
