//! Fields of forms: a name, the field, and a hint or what is wrong.

use leptos::prelude::*;

use crate::components::icon::Icon;

/// A field for a line of text.
#[component]
pub fn TextField(
    /// What it is.
    #[prop(into)]
    label: Signal<String>,
    /// Its text.
    value: RwSignal<String>,
    /// A word on what goes in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Shown in it while it is empty.
    #[prop(optional, into)]
    placeholder: String,
    /// What is wrong with the text, if anything.
    #[prop(optional, into)]
    wrong: Signal<Option<String>>,
    /// Whether typing starts here.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                type="text"
                autocomplete="off"
                spellcheck="false"
                autofocus=autofocus
                placeholder=placeholder
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                bind:value=value
            />
            {move || match wrong.get() {
                Some(wrong) => view! { <span class="field-wrong">{wrong}</span> }.into_any(),
                None => view! { <span class="field-hint">{hint.clone()}</span> }.into_any(),
            }}
        </label>
    }
}

/// A field that narrows a list down while one types.
#[component]
pub fn Search(
    /// What is looked for.
    label: &'static str,
    /// The words.
    #[prop(into)]
    value: Signal<String>,
    /// Takes other words.
    #[prop(into)]
    set: Callback<String>,
) -> impl IntoView {
    view! {
        <label class="search">
            <span class="visually-hidden">{label}</span>
            <Icon name="search" />
            <input
                type="search"
                placeholder=label
                prop:value=value
                on:input:target=move |event| set.run(event.target().value())
            />
        </label>
    }
}

/// One of a few things, as a row of buttons of which one is pressed.
#[component]
pub fn Choice<T>(
    /// What is chosen.
    label: &'static str,
    /// The choices, with their words.
    options: Vec<(T, &'static str)>,
    /// The one that is chosen.
    value: RwSignal<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let buttons: Vec<_> = options
        .into_iter()
        .map(|(option, words)| {
            view! {
                <button
                    type="button"
                    role="radio"
                    aria-checked=move || (value.get() == option).to_string()
                    on:click=move |_| value.set(option)
                >
                    {words}
                </button>
            }
        })
        .collect();
    view! {
        <div class="choice" role="radiogroup" aria-label=label>
            {buttons}
        </div>
    }
}
