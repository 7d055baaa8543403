//! What people do on a page: they find things by their names, click, type and drag.

use fantoccini::{
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::{Element, ElementRef},
};
use serde_json::{Value, json};

use super::Browser;

/// Finds the last open dialog, or else the page: what is behind a dialog cannot be reached.
const WITHIN: &str =
    "const within = [...document.querySelectorAll('dialog[open]')].pop() ?? document;
    const words = it => it.textContent.replace(/\\s+/g, ' ').trim();
    const seen = it => it.checkVisibility() && !it.disabled;";

/// What the driver calls an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    /// Waits for a button, link or choice that can be used, by its whole name.
    pub async fn named(&self, name: &str) -> Element {
        let script = format!(
            "{WITHIN} const name = it => it.getAttribute('aria-label') ?? words(it);
            return [...within.querySelectorAll('button, a, summary, [role=radio], [role=option]')]
                .find(it => name(it) === {} && seen(it)) ?? null",
            json!(name)
        );
        self.element(&format!("a button or link {name:?}"), &script).await
    }

    /// Clicks on the button, link or choice of that name; where it was just drawn anew, on the new.
    pub async fn click(&self, name: &str) {
        loop {
            match self.named(name).await.click().await {
                Ok(()) => return,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("click {name:?}: {error}"),
            }
        }
    }

    /// Waits for the field whose label begins with these words.
    pub async fn field(&self, label: &str) -> Element {
        let script = format!(
            "{WITHIN} const fields = 'input, select, textarea';
            const label = [...within.querySelectorAll('label')]
                .find(it => words(it).startsWith({label}) && it.querySelector(fields));
            return label?.querySelector(fields)
                ?? within.querySelector(`input[aria-label=${{CSS.escape({label})}}]`)",
            label = json!(label)
        );
        self.element(&format!("a field {label:?}"), &script).await
    }

    /// Types into the field of that label, after what is there.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.send_keys(text).await.unwrap_or_else(|error| panic!("type {label:?}: {error}"));
    }

    /// Picks from the list of that label.
    pub async fn pick(&self, label: &str, option: &str) {
        let field = self.field(label).await;
        let picked = field.select_by_label(option).await;
        picked.unwrap_or_else(|error| panic!("pick {option:?} of {label:?}: {error}"));
    }

    /// Gives the focus to what has this role.
    pub async fn focus(&self, role: &str) {
        let script = format!("document.querySelector('[role={role}]').focus()");
        self.until(role, &format!("return document.querySelector('[role={role}]') !== null")).await;
        self.run(&script).await;
    }

    /// Presses keys, one after the other, on whatever has the focus.
    pub async fn press(&self, keys: &str) {
        let mut actions = KeyActions::new("keys".to_owned());
        for value in keys.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.expect("keys can be pressed");
    }

    /// Presses a key while another is held down.
    pub async fn press_with(&self, held: char, key: char) {
        let actions = KeyActions::new("keys".to_owned())
            .then(KeyAction::Down { value: held })
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key })
            .then(KeyAction::Up { value: held });
        self.client.perform_actions(actions).await.expect("keys can be pressed");
    }

    /// Presses the mouse at one place of the window, and lets it go at another.
    pub async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        for (kind, (x, y), buttons) in [
            ("mouseMoved", from, 0),
            ("mousePressed", from, 1),
            ("mouseMoved", middle, 1),
            ("mouseMoved", to, 1),
            ("mouseReleased", to, 0),
        ] {
            let event = json!({
                "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1,
            });
            self.devtools("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Waits for the element that a script gives.
    pub async fn element(&self, what: &str, script: &str) -> Element {
        let found = self.wait_for(what, script, Value::is_object).await;
        let id = found[ELEMENT].as_str().unwrap_or_else(|| panic!("{what}: {found}"));
        Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))
    }
}
