//! Parts of a page that come and go: shown while something holds, or one for each of a list.
//!
//! Leptos has these too, compiled anew for every use. Here what differs is boxed, and what is the
//! same is there once.

use std::fmt;

use leptos::prelude::*;

/// Content that is there while something holds.
#[component]
pub fn Show(
    /// Whether it holds.
    when: impl Fn() -> bool + Send + Sync + 'static,
    /// What is shown while it does not.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is shown while it does.
    children: ChildrenFn,
) -> impl IntoView {
    part(Memo::new(move |_| when()), fallback, children)
}

fn part(when: Memo<bool>, fallback: ViewFn, children: ChildrenFn) -> AnyView {
    (move || if when.get() { children() } else { fallback.run() }).into_any()
}

/// One of a list.
pub struct Item {
    key: String,
    draw: Box<dyn FnOnce() -> AnyView + Send>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Item {
    /// `key` tells it from the others, and changes when what it shows does; `draw` is called when
    /// the key is new.
    pub fn new<V: IntoView + 'static>(
        key: &impl ToString,
        draw: impl FnOnce() -> V + Send + 'static,
    ) -> Self {
        Self { key: key.to_string(), draw: Box::new(move || draw().into_any()) }
    }
}

/// A list that follows signals. What is in it both before and after stays as it is.
pub fn each(items: impl Fn() -> Vec<Item> + Send + 'static) -> AnyView {
    let items: Box<dyn Fn() -> Vec<Item> + Send> = Box::new(items);
    let key = |item: &Item| item.key.clone();
    let children = |item: Item| (item.draw)();
    view! { <For each=items key children /> }.into_any()
}
