//! What is looked at, kept in the page's address, so that a link shows the same.

use std::{str::FromStr, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use leptos_router::{NavigateOptions, hooks::query_signal_with_options};
use shared::{SnapshotId, heatmap::Metric};

use crate::{
    api::ByteRange,
    components::timeline::Between,
    view::{layout::Layout, viewport::Place},
};

/// The window's place is put into the address when it has stood still for so long.
const SETTLED: Duration = Duration::from_millis(300);

/// The parts of the address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address {
    /// Which snapshots are compared.
    pub(super) between: Memo<Between>,
    pub(super) choose: Callback<Between>,
    /// What the map shows.
    pub(super) metric: Memo<Metric>,
    pub(super) show_metric: Callback<Metric>,
    /// How it is laid out.
    pub(super) layout: Memo<Layout>,
    pub(super) lay_out: Callback<Layout>,
    /// Where the map's window is.
    pub(super) place: RwSignal<Option<Place>>,
    /// What is selected on it.
    pub(super) selection: RwSignal<Option<ByteRange>>,
}

impl Address {
    /// Follows the address of the page, and sets it.
    pub(super) fn follow() -> Self {
        let steps = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        let (from, set_from) = query_signal_with_options::<SnapshotId>("from", steps.clone());
        let (to, set_to) = query_signal_with_options::<SnapshotId>("to", steps.clone());
        let (metric, set_metric) = query_signal_with_options::<Metric>("metric", steps.clone());
        let (layout, set_layout) = query_signal_with_options::<Layout>("layout", steps);
        let between = Memo::new(move |_| Between { from: from.get(), to: to.get() });
        Self {
            between,
            choose: Callback::new(move |between: Between| {
                set_from.set(between.from);
                set_to.set(between.to);
            }),
            // Between two snapshots it matters what changed; over all of them, how often.
            metric: Memo::new(move |_| match (metric.get(), between.get().to) {
                (Some(metric), _) => metric,
                (None, Some(_)) => Metric::Changed,
                (None, None) => Metric::Count,
            }),
            show_metric: Callback::new(move |metric| set_metric.set(Some(metric))),
            layout: Memo::new(move |_| layout.get().unwrap_or_default()),
            lay_out: Callback::new(move |layout: Layout| {
                set_layout.set((layout != Layout::default()).then_some(layout));
            }),
            place: settled("map"),
            selection: settled("sel"),
        }
    }
}

/// A signal that changes many times a second, and its part of the address, which does not.
fn settled<T>(key: &'static str) -> RwSignal<Option<T>>
where
    T: FromStr + ToString + PartialEq + Copy + Send + Sync + 'static,
{
    let quietly = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
    let (kept, keep) = query_signal_with_options::<T>(key, quietly);
    let value = RwSignal::new(kept.get_untracked());
    Effect::new(move || {
        let kept = kept.get();
        if value.get_untracked() != kept {
            value.set(kept);
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move || {
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
    value
}
