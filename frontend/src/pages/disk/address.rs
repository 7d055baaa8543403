//! What is looked at, kept in the page's address, so that a link shows the same.

use leptos::prelude::*;
use shared::{SnapshotId, heatmap::Metric};

use crate::{
    api::ByteRange,
    components::{
        settled::{Settled, settled},
        timeline::Between,
        url::{in_url, step_in_url},
    },
    view::{heights::ValueScaleKind, layout::Layout, ramp::Ramp, span::Span, viewport::Place},
};

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
    /// How it is coloured.
    pub(super) ramp: Memo<Ramp>,
    pub(super) colour: Callback<Ramp>,
    /// How the timeline's heights stand for bytes.
    pub(super) heights: Memo<ValueScaleKind>,
    pub(super) set_heights: Callback<ValueScaleKind>,
    /// What is seen of the timeline.
    pub(super) span: Settled<Span>,
    /// Where the map's window is.
    pub(super) place: Settled<Place>,
    /// What is selected on it.
    pub(super) selection: Settled<ByteRange>,
}

impl Address {
    /// Follows the address of the page, and sets it.
    pub(super) fn follow() -> Self {
        let (from, set_from) = step_in_url::<SnapshotId>("from");
        let (to, set_to) = step_in_url::<SnapshotId>("to");
        let (metric, set_metric) = step_in_url::<Metric>("metric");
        let (layout, set_layout) = step_in_url::<Layout>("layout");
        let (ramp, set_ramp) = in_url::<Ramp>("ramp");
        let (heights, set_heights) = in_url::<ValueScaleKind>("heights");
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
            ramp: Memo::new(move |_| ramp.get().unwrap_or_default()),
            colour: Callback::new(move |ramp: Ramp| {
                set_ramp.set((ramp != Ramp::default()).then_some(ramp));
            }),
            heights: Memo::new(move |_| heights.get().unwrap_or_default()),
            set_heights: Callback::new(move |kind: ValueScaleKind| {
                set_heights.set((kind != ValueScaleKind::default()).then_some(kind));
            }),
            span: settled("time"),
            place: settled("map"),
            selection: settled("sel"),
        }
    }
}
