//! Where one is: the page's address, followed and changed without loading another page.
//!
//! Links are plain `<a href>`: clicks on those that stay in the dashboard are taken here.

use leptos::{ev, leptos_dom::helpers::queue_microtask, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{HtmlAnchorElement, Url, UrlSearchParams};

/// What an address says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Address {
    path: String,
    query: String,
    /// The part of the page that is meant, with its `#`.
    hash: String,
}

impl Address {
    fn of_browser() -> Self {
        let location = window().location();
        // They fail only where a page may not see its own address, which is nowhere.
        Self {
            path: location.pathname().unwrap_or_default(),
            query: location.search().unwrap_or_default(),
            hash: location.hash().unwrap_or_default(),
        }
    }

    fn text(&self) -> String {
        format!("{}{}{}", self.path, self.query, self.hash)
    }
}

/// What becomes of the address that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The browser goes back to it.
    Forward,
    /// It is forgotten.
    InPlace,
}

/// Parameters to be set, with their values, and whether one of them is a step.
#[derive(Debug, Default)]
struct Changes {
    values: Vec<(&'static str, Option<String>)>,
    is_step: bool,
}

/// Follows the address, and changes it.
#[derive(Debug, Clone, Copy)]
pub struct Navigation {
    address: RwSignal<Address>,
    changes: StoredValue<Changes>,
}

/// Gives every component below the address.
pub fn provide() {
    let navigation = Navigation {
        address: RwSignal::new(Address::of_browser()),
        changes: StoredValue::default(),
    };
    // Both listen for as long as the page is open.
    window_event_listener(ev::popstate, move |_| navigation.look());
    window_event_listener(ev::click, move |event| {
        if let Some(link) = link_within(&event) {
            event.prevent_default();
            navigation.go(&link);
        }
    });
    provide_context(navigation);
}

/// Where one is.
pub fn use_navigation() -> Navigation {
    expect_context()
}

impl Navigation {
    /// The path, without parameters.
    pub fn path(self) -> String {
        self.address.with(|address| address.path.clone())
    }

    /// The value of a parameter.
    pub fn parameter(self, key: &str) -> Option<String> {
        self.address.with(|address| parameters(&address.query).get(key))
    }

    /// Goes to another page of the dashboard, at its top.
    pub fn go(self, to: &str) {
        // A link to where one is leads nowhere back to.
        let is_here = self.address.with_untracked(|address| address.text() == to);
        self.enter(to, if is_here { Step::InPlace } else { Step::Forward });
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }

    /// Sets a parameter, or takes it out. All that are set at once are one step.
    pub fn set(self, key: &'static str, value: Option<String>, step: Step) {
        let is_first = self.changes.with_value(|changes| changes.values.is_empty());
        self.changes.update_value(|changes| {
            changes.values.push((key, value));
            changes.is_step |= step == Step::Forward;
        });
        if is_first {
            let path = self.address.with_untracked(|address| address.path.clone());
            queue_microtask(move || self.apply(&path));
        }
    }

    /// Makes the changes, unless the page that they are about was left.
    fn apply(self, path: &str) {
        let changes = self.changes.try_update_value(std::mem::take).unwrap_or_default();
        let mut address = self.address.get_untracked();
        if address.path != path {
            return;
        }
        let all = parameters(&address.query);
        for (key, value) in changes.values {
            match value {
                Some(value) => all.set(key, &value),
                None => all.delete(key),
            }
        }
        let query = String::from(all.to_string());
        address.query = if query.is_empty() { query } else { format!("?{query}") };
        self.enter(&address.text(), if changes.is_step { Step::Forward } else { Step::InPlace });
    }

    fn enter(self, to: &str, step: Step) {
        let Ok(history) = window().history() else { return };
        // A browser refuses a page that changes its address hundreds of times a minute; then the
        // address stays behind, and the page goes on.
        let _refused = match step {
            Step::Forward => history.push_state_with_url(&JsValue::NULL, "", Some(to)),
            Step::InPlace => history.replace_state_with_url(&JsValue::NULL, "", Some(to)),
        };
        self.look();
    }

    fn look(self) {
        let now = Address::of_browser();
        if self.address.with_untracked(|address| *address != now) {
            self.address.set(now);
        }
    }
}

fn parameters(query: &str) -> UrlSearchParams {
    // Every text is a query, be it of nonsense.
    UrlSearchParams::new_with_str(query).unwrap_or_else(|_| JsValue::NULL.unchecked_into())
}

/// The address that a click asks the dashboard for, if it does: with the main button alone, on a
/// link that stays here and in this tab.
fn link_within(event: &ev::MouseEvent) -> Option<String> {
    let asks_for_more =
        event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
    if event.default_prevented() || event.button() != 0 || asks_for_more {
        return None;
    }
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let link = target.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_external = link.rel().split_whitespace().any(|word| word == "external");
    if link.has_attribute("download") || !link.target().is_empty() || is_external {
        return None;
    }
    let url = Url::new(&link.href()).ok()?;
    let here = window().location();
    // A part of this page is the browser's to show.
    let is_part = !url.hash().is_empty() && url.pathname() == here.pathname().ok()?;
    let stays = url.origin() == here.origin().ok()? && !is_part;
    stays.then(|| format!("{}{}{}", url.pathname(), url.search(), url.hash()))
}
