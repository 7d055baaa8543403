//! State in the address, so that a link or a reload shows the same.

use std::str::FromStr;

use leptos::prelude::*;

use crate::navigation::{Step, use_navigation};

/// A part of the address, and what sets it.
pub type InUrl<T> = (Memo<Option<T>>, SignalSetter<Option<T>>);

/// A parameter of the address. Setting it replaces the address: it is no step to go back over.
pub fn in_url<T>(key: &'static str) -> InUrl<T>
where
    T: FromStr + ToString + PartialEq + Send + Sync,
{
    parameter(key, Step::InPlace)
}

/// A parameter of the address. Setting it is a step that a browser goes back by.
pub fn step_in_url<T>(key: &'static str) -> InUrl<T>
where
    T: FromStr + ToString + PartialEq + Send + Sync,
{
    parameter(key, Step::Forward)
}

fn parameter<T>(key: &'static str, step: Step) -> InUrl<T>
where
    T: FromStr + ToString + PartialEq + Send + Sync,
{
    let navigation = use_navigation();
    let value = Memo::new(move |_| navigation.parameter(key)?.parse().ok());
    let set = move |value: Option<T>| {
        navigation.set(key, value.map(|value| value.to_string()), step);
    };
    (value, SignalSetter::map(set))
}
