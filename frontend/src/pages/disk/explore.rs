//! The timeline, the map of what it says changed, and what a place of the map holds.

use leptos::prelude::*;
use shared::{Disk, Snapshot, Timeline, heatmap::Metric};

use super::{
    address::Address,
    between::BetweenBar,
    detail::detailed,
    extents::Extents,
    inspector::Inspector,
    known::{Known, known},
    running::Running,
};
use crate::{
    components::{
        focus::focus,
        heatmap::{GoTo, Heatmap, Legend, MapKey, MapSource, MapState, Strip},
        icon::Icon,
        remote::failure,
        timeline::{Between, TimelineView},
    },
    view::{cell, layout::Layout, ramp::Ramp},
};

/// Everything below the head of a disk that has snapshots.
#[component]
pub fn Explore(
    /// The disk.
    disk: Signal<Disk>,
    /// Its life.
    timeline: Signal<Timeline>,
) -> impl IntoView {
    let address = Address::follow();
    let reading = RwSignal::new(None);
    let detailed = detailed(disk, timeline, address.span.kept);
    let Known { snapshots, listed, is_gone, whole } =
        known(disk, timeline, detailed, address.between, reading);
    let timeline = detailed;
    let source = Memo::new(move |_| {
        let between = address.between.get().in_order();
        let (id, size) = disk.with(|disk| (disk.id, disk.size_bytes));
        MapSource {
            disk: id,
            size,
            revision: timeline.with(|it| it.revision),
            from: between.from,
            to: between.to,
            metric: address.metric.get(),
        }
    });
    let state = MapState {
        layout: address.layout.into(),
        ramp: address.ramp.into(),
        ..MapState::new(source.into(), address.place.now, address.selection.now)
    };
    let going = RwSignal::new(false);
    let on_key = Callback::new(move |key: MapKey| match key {
        // It is in the page by the next frame: the key has just selected what it is of.
        MapKey::Bytes => request_animation_frame(|| focus("inspector-bytes")),
        MapKey::Table => focus("extents"),
        MapKey::GoTo => going.set(true),
        MapKey::Older => inspector_step(reading, snapshots, address.between, -1),
        MapKey::Newer => inspector_step(reading, snapshots, address.between, 1),
    });
    view! {
        <section class="board">
            <TimelineView
                timeline
                snapshots
                between=address.between.into()
                choose=address.choose
                span=address.span.now
                kind=address.heights
                set_kind=address.set_heights
            >
                <Running disk />
            </TimelineView>
            {move || whole.error().get().map(|error| failure(&error, true, move || whole.again().notify()))}
            {move || is_gone.get().then(|| view! {
                <p class="loss" role="status">
                    <Icon name="alert" />
                    "A snapshot that is looked between is not there any more. Choose another, or the whole life."
                </p>
            })}
            <BetweenBar snapshots listed between=address.between choose=address.choose />
        </section>
        <section class="board">
            <div class="board-head">
                <h2>"Blocks"</h2>
                <Metrics address />
                <div class="board-tools">
                    <Looks address />
                </div>
            </div>
            <p class="muted board-note">{move || cell::explanation(address.metric.get())}</p>
            <div class="explore">
                <div class="explore-map">
                    <Heatmap state on_key more_keys="Comma and full stop change the snapshot." />
                    <Strip state />
                    <Legend state />
                </div>
                <Inspector state snapshots listed between=address.between choose=address.choose reading />
            </div>
        </section>
        <Extents state snapshots between=address.between />
        <GoTo open=going state />
    }
}

/// What the map can show.
#[component]
fn Metrics(address: Address) -> impl IntoView {
    let button = move |metric: Metric| {
        view! {
            <button
                type="button"
                aria-pressed=move || (address.metric.get() == metric).to_string()
                title=cell::explanation(metric)
                on:click=move |_| address.show_metric.run(metric)
            >
                {cell::name(metric)}
            </button>
        }
    };
    view! {
        <div class="segments" role="group" aria-label="What the map shows">
            {Metric::ALL.map(button).collect_view()}
        </div>
    }
}

/// How the map is laid out and coloured.
#[component]
fn Looks(address: Address) -> impl IntoView {
    let button = move |layout: Layout, words: &'static str, title: &'static str| {
        view! {
            <button
                type="button"
                title=title
                aria-pressed=move || (address.layout.get() == layout).to_string()
                on:click=move |_| address.lay_out.run(layout)
            >
                {words}
            </button>
        }
    };
    let choose = move |text: String| {
        if let Ok(ramp) = text.parse() {
            address.colour.run(ramp);
        }
    };
    view! {
        <div class="segments" role="group" aria-label="Layout">
            {button(Layout::Hilbert, "Hilbert", "Neighbours on the disk are neighbours on the map")}
            {button(Layout::Rows, "Rows", "Addresses run left to right, then down")}
        </div>
        <label>
            <span class="visually-hidden">"Colours"</span>
            <select class="select" prop:value=move || address.ramp.get().as_str()
                on:change=move |event| choose(event_target_value(&event))>
                {Ramp::ALL.map(|it| view! {
                    <option value=it.as_str() selected=move || address.ramp.get() == it>{it.as_str()}</option>
                }).collect_view()}
            </select>
        </label>
    }
}

/// Reads the snapshot before or after the one that is read.
fn inspector_step(
    reading: RwSignal<Option<shared::SnapshotId>>,
    snapshots: Memo<Vec<Snapshot>>,
    between: Memo<Between>,
    by: isize,
) {
    snapshots.with_untracked(|all| {
        let now = reading.get_untracked().or_else(|| between.get_untracked().to);
        let at = now.and_then(|id| all.iter().position(|it| it.id == id));
        let at = at.unwrap_or(all.len().saturating_sub(1));
        if let Some(next) = at.checked_add_signed(by).and_then(|at| all.get(at)) {
            reading.set(Some(next.id));
        }
    });
}
