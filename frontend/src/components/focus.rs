//! Where the keyboard is: led to a part of the page, and to a page's name when it is a new one.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::{asked::effect, navigation::use_navigation};

/// The id of a page's name.
pub const TITLE: &str = "title";

/// Takes the keyboard to another part of the page.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // Only what is not in the page cannot be given the focus.
        let _unfocused = element.focus();
    }
}

/// From one page to the next the keyboard goes to its name, which those who listen then hear.
pub fn follow_pages() {
    let navigation = use_navigation();
    let mut last = untrack(|| navigation.path());
    effect(move || {
        let now = navigation.path();
        if now != last {
            last = now;
            // It is in the page by the next frame.
            request_animation_frame(|| {
                let down = window().scroll_y().unwrap_or_default();
                focus(TITLE);
                // Back in the history, a page stays where it was left.
                window().scroll_to_with_x_and_y(0.0, down);
            });
        }
    });
}
