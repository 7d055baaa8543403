//! What each person sets for this browser: colours, and the clock that times are told by.

use leptos::prelude::*;

use crate::asked::effect;

const THEME: &str = "skikt.theme";
const ZONE: &str = "skikt.zone";

/// Which colours the page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Those of the operating system.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The theme as it is kept, and as the style sheet calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Which clock times are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Coordinated universal time, as the server's log tells it.
    Utc,
    /// The browser's.
    Local,
}

impl Zone {
    /// The zone as it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utc => "utc",
            Self::Local => "local",
        }
    }
}

/// The settings, kept by the browser.
#[derive(Debug, Clone, Copy)]
pub struct Prefs {
    /// Which colours the page has.
    pub theme: RwSignal<Theme>,
    /// Which clock times are told by.
    pub zone: RwSignal<Zone>,
}

impl Prefs {
    /// Reads what was kept, gives it to every component below, and keeps what changes.
    pub fn provide() -> Self {
        let kept = |key| storage().and_then(|storage| storage.get_item(key).ok().flatten());
        let theme = kept(THEME);
        let theme = Theme::ALL.into_iter().find(|it| theme.as_deref() == Some(it.as_str()));
        let zone = if kept(ZONE).as_deref() == Some("utc") { Zone::Utc } else { Zone::Local };
        let prefs = Self {
            theme: RwSignal::new(theme.unwrap_or(Theme::System)),
            zone: RwSignal::new(zone),
        };
        provide_context(prefs);
        effect(move || {
            let theme = prefs.theme.get().as_str();
            keep(THEME, theme);
            if let Some(root) = document().document_element() {
                // A browser refuses this for malformed names only, and this one is fixed.
                let _infallible = root.set_attribute("data-theme", theme);
            }
        });
        effect(move || keep(ZONE, prefs.zone.get().as_str()));
        prefs
    }
}

/// The settings of the page.
pub fn use_prefs() -> Prefs {
    expect_context()
}

/// Where the browser keeps them; `None` where it is told to keep nothing.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn keep(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden storage loses a setting, and nothing else.
        let _lost = storage.set_item(key, value);
    }
}
