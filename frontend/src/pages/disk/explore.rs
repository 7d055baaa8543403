//! The timeline, the map of what it says changed, and what a place of the map holds.

use leptos::prelude::*;
use shared::{Disk, Snapshot, Timeline, heatmap::Metric};

use super::{address::Address, between::BetweenBar, extents::Extents, inspector::Inspector};
use crate::{
    components::{
        dialog::Dialog,
        ground::use_ground,
        heatmap::{Heatmap, Legend, MapKey, MapSource, MapState, Strip},
        timeline::{Span, TimelineView},
    },
    tiles::Tiles,
    view::{cell, layout::Layout, offsets, ramp::Ramp, timeline::ValueScaleKind},
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
    let snapshots = Memo::new(move |_| {
        timeline.with(|it| it.bars.iter().map(|bar| bar.largest.clone()).collect::<Vec<Snapshot>>())
    });
    let ramp = RwSignal::new(Ramp::default());
    let source = Memo::new(move |_| {
        let between = address.between.get();
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
        source: source.into(),
        layout: address.layout.into(),
        ramp: ramp.into(),
        place: address.place,
        selection: address.selection,
        cursor: RwSignal::new(None),
        size: RwSignal::new((0.0, 0.0)),
        ground: use_ground(),
        tiles: Tiles::new(),
    };
    let going = RwSignal::new(false);
    let reading = RwSignal::new(None);
    let on_key = Callback::new(move |key: MapKey| match key {
        MapKey::Bytes => focus("inspector-bytes"),
        MapKey::Table => focus("extents"),
        MapKey::GoTo => going.set(true),
        MapKey::Older => inspector_step(reading, snapshots, address.between, -1),
        MapKey::Newer => inspector_step(reading, snapshots, address.between, 1),
    });
    let span = RwSignal::new(None::<Span>);
    let kind = RwSignal::new(ValueScaleKind::default());
    view! {
        <section class="board">
            <TimelineView timeline between=address.between.into() choose=address.choose span kind />
            <BetweenBar snapshots between=address.between choose=address.choose />
        </section>
        <section class="board">
            <div class="board-head">
                <h2>"Blocks"</h2>
                <Metrics address />
                <div class="board-tools">
                    <Looks address ramp />
                </div>
            </div>
            <p class="muted board-note">{move || cell::explanation(address.metric.get())}</p>
            <div class="explore">
                <div class="explore-map">
                    <Heatmap state on_key />
                    <Strip state />
                    <Legend state />
                </div>
                <Inspector state snapshots between=address.between choose=address.choose reading />
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
fn Looks(address: Address, ramp: RwSignal<Ramp>) -> impl IntoView {
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
        if let Some(found) = Ramp::ALL.into_iter().find(|it| it.as_str() == text) {
            ramp.set(found);
        }
    };
    view! {
        <div class="segments" role="group" aria-label="Layout">
            {button(Layout::Hilbert, "Hilbert", "Neighbours on the disk are neighbours on the map")}
            {button(Layout::Rows, "Rows", "Addresses run left to right, then down")}
        </div>
        <label>
            <span class="visually-hidden">"Colours"</span>
            <select class="select" prop:value=move || ramp.get().as_str()
                on:change=move |event| choose(event_target_value(&event))>
                {Ramp::ALL.map(|it| view! { <option value=it.as_str()>{it.as_str()}</option> }).collect_view()}
            </select>
        </label>
    }
}

/// Asks for a place of the disk, and goes there.
#[component]
fn GoTo(open: RwSignal<bool>, state: MapState) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match offsets::parse_offset(&text.get_untracked()) {
            Ok(offset) => {
                untrack(|| state.show(state.cell_of(offset).bytes));
                wrong.set(None);
                open.set(false);
            }
            Err(error) => wrong.set(Some(error.to_string())),
        }
    };
    view! {
        <Dialog open title="Go to">
            <form class="go-to" on:submit=go>
                <label>
                    <span>"Offset, block or sector"</span>
                    <input
                        class="input"
                        type="text"
                        placeholder="0x3a000000, 12.5 GiB, block 4096"
                        autofocus=true
                        autocomplete="off"
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                </label>
                <p class="field-error" role="alert">{move || wrong.get()}</p>
                <footer><button type="submit" class="button" data-look="primary">"Go"</button></footer>
            </form>
        </Dialog>
    }
}

/// Reads the snapshot before or after the one that is read.
fn inspector_step(
    reading: RwSignal<Option<shared::SnapshotId>>,
    snapshots: Memo<Vec<Snapshot>>,
    between: Memo<crate::components::timeline::Between>,
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

fn focus(id: &str) {
    use wasm_bindgen::JsCast as _;
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Only what is not in the page cannot be given the focus.
        let _unfocused = element.focus();
    }
}
