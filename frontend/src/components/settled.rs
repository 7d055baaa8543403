//! What changes many times a second, and its part of the page's address, which does not.

use std::{str::FromStr, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{asked::effect, components::url::in_url};

/// A value is put into the address when it has stood still for so long.
const SETTLED: Duration = Duration::from_millis(300);

/// A value, and what the address has of it.
#[derive(Debug, Clone, Copy)]
pub struct Settled<T: Send + Sync + 'static> {
    /// The value as it is.
    pub now: RwSignal<Option<T>>,
    /// The value as it last stood still.
    pub kept: Memo<Option<T>>,
}

/// A signal that follows a part of the address, and sets it once it has stood still.
pub fn settled<T>(key: &'static str) -> Settled<T>
where
    T: FromStr + ToString + PartialEq + Copy + Send + Sync + 'static,
{
    let (kept, keep) = in_url::<T>(key);
    let value = RwSignal::new(kept.get_untracked());
    effect(move || {
        let kept = kept.get();
        if value.get_untracked() != kept {
            value.set(kept);
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    effect(move || {
        let now = value.get();
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
        if now != kept.get_untracked() {
            let set = move || keep.set(value.get_untracked());
            waiting.set_value(set_timeout_with_handle(set, SETTLED).ok());
        }
    });
    on_cleanup(move || {
        if let Some(earlier) = waiting.try_update_value(Option::take).flatten() {
            earlier.clear();
        }
    });
    Settled { now: value, kept }
}
