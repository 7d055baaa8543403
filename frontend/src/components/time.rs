//! Moments: how long ago, with the exact one in the tooltip.

use std::time::Duration;

use jiff::Timestamp;
use leptos::prelude::*;

use crate::{
    prefs::{Zone, use_prefs},
    view::time,
};

/// How often what is told as an age is looked at again.
const TICK: Duration = Duration::from_secs(5);

/// The time by the browser's clock, as it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Clock(RwSignal<Timestamp>);

/// Starts the clock, and gives it to every component below.
pub fn provide_clock() {
    let now = RwSignal::new(browser_now());
    provide_context(Clock(now));
    // It goes for as long as the page does; an interval is refused where timers are off, and then
    // ages stand still.
    let _until_the_page_closes = set_interval_with_handle(move || now.set(browser_now()), TICK);
}

/// The time by the browser's clock, as it goes on.
pub fn use_now() -> Signal<Timestamp> {
    expect_context::<Clock>().0.into()
}

fn browser_now() -> Timestamp {
    Timestamp::from_millisecond(js_sys::Date::now() as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Minutes that the clock which times are told by was ahead of UTC at a moment. Reactive.
pub fn offset_minutes(at: Timestamp) -> i32 {
    match use_prefs().zone.get() {
        Zone::Utc => 0,
        Zone::Local => {
            let date = js_sys::Date::new(&(at.as_millisecond() as f64).into());
            -(date.get_timezone_offset() as i32)
        }
    }
}

/// How long ago it was.
#[component]
pub fn Ago(
    /// When.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let now = use_now();
    let words = Memo::new(move |_| time::ago(at.get(), now.get()));
    let exact = move || time::exact(at.get(), offset_minutes(at.get()));
    view! { <time datetime=move || time::rfc3339(at.get()) title=exact>{words}</time> }
}

/// A moment to the minute.
#[component]
pub fn Moment(
    /// When.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let now = use_now();
    let words = Memo::new(move |_| time::short(at.get(), now.get(), offset_minutes(at.get())));
    let exact = move || time::exact(at.get(), offset_minutes(at.get()));
    view! { <time datetime=move || time::rfc3339(at.get()) title=exact>{words}</time> }
}
