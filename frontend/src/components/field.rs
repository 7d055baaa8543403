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
    let id = hint_id();
    view! {
        <div class="field">
            <label class="field">
                <span class="field-label">{label}</span>
                <input
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus=autofocus
                    placeholder=placeholder
                    aria-invalid=move || wrong.with(Option::is_some).to_string()
                    aria-describedby=id.clone()
                    bind:value=value
                />
            </label>
            // Beside the label and not in it: it would be a part of the field's name.
            <span
                id=id
                class=move || if wrong.with(Option::is_some) { "field-wrong" } else { "field-hint" }
            >
                {move || wrong.get().or_else(|| hint.clone())}
            </span>
        </div>
    }
}

/// A list to pick a storage tier from, with a word on it.
#[component]
pub fn SkuField(
    /// What it is.
    label: &'static str,
    /// The entries: their values and words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The value that is picked.
    #[prop(into)]
    value: Signal<String>,
    /// Picks another.
    #[prop(into)]
    pick: Callback<String>,
    /// A word on it.
    hint: &'static str,
) -> impl IntoView {
    let id = hint_id();
    let option = move |(own, words): (String, String)| {
        let this = own.clone();
        view! { <option value=own selected=move || value.get() == this>{words}</option> }
    };
    view! {
        <div class="field">
            <label class="field">
                <span class="field-label">{label}</span>
                <select
                    aria-describedby=id.clone()
                    on:change:target=move |event| pick.run(event.target().value())
                >
                    {move || options.get().into_iter().map(option).collect::<Vec<_>>()}
                </select>
            </label>
            <span id=id class="field-hint">{hint}</span>
        </div>
    }
}

/// An id that ties a hint to its field.
fn hint_id() -> String {
    format!("hint-{:x}", js_sys::Math::random().to_bits())
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
                    aria-pressed=move || (value.get() == option).to_string()
                    on:click=move |_| value.set(option)
                >
                    {words}
                </button>
            }
        })
        .collect();
    view! {
        <div class="choice" role="group" aria-label=label>
            {buttons}
        </div>
    }
}
