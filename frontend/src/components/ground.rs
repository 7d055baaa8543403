//! Whether the page is light or dark now, for what no style sheet colours.

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::MediaQueryList;

use crate::{
    prefs::{Theme, use_prefs},
    view::ramp::Ground,
};

/// Follows the setting, and the operating system where the setting does.
pub fn use_ground() -> Signal<Ground> {
    let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    let dark = RwSignal::new(query.as_ref().is_some_and(MediaQueryList::matches));
    let watch = StoredValue::new_local(query.map(|query| {
        let list = query.clone();
        let listener = Closure::<dyn FnMut()>::new(move || dark.set(list.matches()));
        query.set_onchange(Some(listener.as_ref().unchecked_ref()));
        (query, listener)
    }));
    on_cleanup(move || {
        if let Some((query, _)) = watch.try_update_value(Option::take).flatten() {
            query.set_onchange(None);
        }
    });
    let theme = use_prefs().theme;
    Signal::derive(move || match theme.get() {
        Theme::Dark => Ground::Dark,
        Theme::System if dark.get() => Ground::Dark,
        Theme::System | Theme::Light => Ground::Light,
    })
}
