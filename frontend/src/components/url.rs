//! State in the address, so that a link or a reload shows the same.

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::query_signal_with_options};

/// A parameter of the address. Setting it replaces the address: it is no step to go back over.
pub fn in_url<T>(key: &'static str) -> (Memo<Option<T>>, SignalSetter<Option<T>>)
where
    T: FromStr + ToString + PartialEq + Send + Sync,
{
    let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    query_signal_with_options(key, options)
}
