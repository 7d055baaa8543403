//! Short words about what just happened, said aloud too.

use std::time::Duration;

use leptos::prelude::*;

use crate::components::{
    badge::Tone,
    icon::Icon,
    show::{Item, each},
};

const SHOWN: Duration = Duration::from_secs(8);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    number: u64,
    tone: Tone,
    words: String,
    link: Option<(String, String)>,
}

/// Where words about what happened go.
#[derive(Debug, Clone, Copy)]
pub struct Toaster {
    toasts: RwSignal<Vec<Toast>>,
    /// How many there were: a number is never another's, or its time would be.
    count: StoredValue<u64>,
}

/// Gives every component below a place to say what happened.
pub fn provide() {
    provide_context(Toaster { toasts: RwSignal::default(), count: StoredValue::new(0) });
}

/// The page's place for words about what happened.
pub fn use_toaster() -> Toaster {
    expect_context()
}

impl Toaster {
    /// Says something.
    pub fn say(&self, tone: Tone, words: impl Into<String>) {
        self.show(tone, words.into(), None);
    }

    /// Says something, with a link that goes on from there: its words and its address.
    pub fn say_with_link(
        &self,
        tone: Tone,
        words: impl Into<String>,
        (label, path): (impl Into<String>, String),
    ) {
        self.show(tone, words.into(), Some((label.into(), path)));
    }

    fn show(&self, tone: Tone, words: String, link: Option<(String, String)>) {
        let Self { toasts, count } = *self;
        let number = count.get_value();
        count.set_value(number + 1);
        toasts.update(|all| all.push(Toast { number, tone, words, link }));
        // What failed stays until it is put away.
        if tone != Tone::Bad {
            set_timeout(move || dismiss(toasts, number), SHOWN);
        }
    }
}

fn dismiss(toasts: RwSignal<Vec<Toast>>, number: u64) {
    toasts.update(|all| all.retain(|toast| toast.number != number));
}

/// What was said lately.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts = use_toaster().toasts;
    let item = move |toast: Toast| {
        let number = toast.number;
        Item::new(&number, move || one(toast, toasts))
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            {each(move || toasts.get().into_iter().map(item).collect())}
        </div>
    }
}

fn one(toast: Toast, toasts: RwSignal<Vec<Toast>>) -> impl IntoView {
    let Toast { number, tone, words, link } = toast;
    view! {
        <div class="toast" data-tone=tone.as_str()>
            {tone.icon().map(|name| view! { <Icon name=name /> })}
            <p>
                {words}
                {link.map(|(label, path)| view! { " " <a href=path>{label}</a> })}
            </p>
            <button
                type="button"
                class="icon-button"
                aria-label="Put away"
                on:click=move |_| dismiss(toasts, number)
            >
                <Icon name="close" />
            </button>
        </div>
    }
}
