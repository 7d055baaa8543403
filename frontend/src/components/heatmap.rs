//! A disk's blocks as a map: from the whole disk down to one block of 4 KiB.

pub mod go_to;
mod input;
pub mod legend;
mod paint;
mod seek;
mod state;
pub mod strip;

use leptos::{html, prelude::*};
use web_sys::HtmlElement;

pub use go_to::GoTo;
pub use input::MapKey;
pub use legend::Legend;
pub use state::{Cell, MapSource, MapState};
pub use strip::Strip;

use crate::{
    asked::effect,
    components::{icon::Icon, measure::use_size, remote::failure},
    view::{
        bytes, cell, offsets,
        viewport::{STEPS_PER_DOUBLING, ScreenRect},
    },
};
use input::Input;

/// The map, its cursor's words, and its buttons.
#[component]
pub fn Heatmap(
    /// What is shown and where.
    state: MapState,
    /// Does what is not the map's to do.
    on_key: Callback<MapKey>,
    /// What else keys do here, for those who listen.
    #[prop(optional)]
    more_keys: &'static str,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = use_size(frame);
    effect(move || state.size.set(size.get()));
    let input = Input::new(state, on_key);
    let wanted = Memo::new(move |_| state.wanted());
    effect(move || {
        if size.get().0 > 0.0 {
            state.tiles.track();
            wanted.with(|wanted| state.tiles.want(wanted));
        }
    });
    draw_when_changed(state, canvas);
    let awaits = Memo::new(move |_| wanted.with(|wanted| state.tiles.awaits(wanted)));
    let failed = Memo::new(move |_| wanted.with(|wanted| state.tiles.error(wanted)));
    let tip = Memo::new(move |_| state.cursor_cell());
    let spoken = Memo::new(move |last: Option<&String>| {
        let words = tip.get().filter(|_| input.by_keys.get()).map(|cell| said(&state, &cell));
        words.or_else(|| last.cloned()).unwrap_or_default()
    });
    let zoom = move |steps: i32| {
        let viewport = untrack(|| state.viewport());
        state.look(viewport.zoomed_in(steps));
    };
    let is_whole = move || state.viewport().is_whole();
    let is_closest = move || state.viewport().is_closest();
    view! {
        <div class="map">
            <div
                class="map-frame"
                node_ref=frame
                tabindex="0"
                role="application"
                aria-label="Map of the disk's blocks"
                aria-describedby="map-help"
                on:keydown=move |event| input.key_down(&event)
                on:blur=move |_| {
                    input.by_keys.set(false);
                    input.at_end.set(false);
                    state.cursor.set(None);
                }
            >
                <canvas
                    node_ref=canvas
                    data-whole=move || is_whole().to_string()
                    on:wheel=move |event| input.wheel(&event)
                    on:pointerdown=move |event| input.pointer_down(&event)
                    on:pointermove=move |event| input.pointer_move(&event)
                    on:pointerup=move |event| input.pointer_up(&event)
                    on:pointercancel=move |event| input.pointer_cancel(&event)
                    on:pointerleave=move |_| input.leave()
                    on:dblclick=move |event| {
                        input.double_click(f64::from(event.offset_x()), f64::from(event.offset_y()));
                    }
                ></canvas>
                {move || awaits.get().then(|| view! {
                    <p class="map-awaits" role="status">"Reading the snapshots"</p>
                })}
                {move || input.at_end.get().then(|| view! {
                    <p class="map-awaits" data-still="" role="status">"No further change"</p>
                })}
                {move || tip.get().map(|cell| view! { <Tip state cell /> })}
            </div>
            <div class="map-buttons" role="group" aria-label="Zoom">
                <button type="button" class="icon-button" aria-label="Zoom in" title="Zoom in (+)"
                    disabled=is_closest on:click=move |_| zoom(STEPS_PER_DOUBLING)>
                    <Icon name="zoom-in" />
                </button>
                <button type="button" class="icon-button" aria-label="Zoom out" title="Zoom out (−)"
                    disabled=is_whole on:click=move |_| zoom(-STEPS_PER_DOUBLING)>
                    <Icon name="zoom-out" />
                </button>
                <button type="button" class="icon-button" aria-label="Whole disk" title="Whole disk (0)"
                    disabled=is_whole on:click=move |_| state.place.set(None)>
                    <Icon name="fit" />
                </button>
            </div>
            <p class="visually-hidden" aria-live="polite">{spoken}</p>
            <p class="visually-hidden" id="map-help">
                "Arrow keys move the cursor, with Shift they select. Plus and minus zoom, 0 shows the whole disk, \
                 brackets go to the next or previous change, G goes to an offset, Enter shows the bytes, \
                 T goes to the table of changes. "
                {more_keys}
            </p>
            {move || failed.get().map(|error| view! {
                <div class="map-failure">{failure(&error, false, move || state.tiles.retry())}</div>
            })}
        </div>
    }
}

/// At most once a frame, however many of the state's parts change.
fn draw_when_changed(state: MapState, canvas: NodeRef<html::Canvas>) {
    let waiting = StoredValue::new(false);
    effect(move || {
        state.tiles.track();
        state.size.track();
        state.place.track();
        state.source.track();
        state.cursor.track();
        state.selection.track();
        let _look = state.style();
        if waiting.get_value() {
            return;
        }
        waiting.set_value(true);
        request_animation_frame(move || {
            if waiting.try_set_value(false).is_some() {
                return;
            }
            if let Some(canvas) = canvas.get_untracked() {
                untrack(|| paint::map(&canvas, &state));
            }
        });
    });
}

/// What the cell under the cursor is, beside it.
#[component]
fn Tip(state: MapState, cell: Cell) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let source = state.source.get_untracked();
    effect(move || {
        let Some(node) = node.get() else { return };
        let viewport = untrack(|| state.viewport());
        let rects = viewport.map().cover(cell.level, cell.index..cell.index + 1);
        if let Some(rect) = rects.first() {
            put_beside(&node, viewport.on_screen(cell.level, *rect), state.size.get_untracked());
        }
    });
    view! {
        <div class="map-tip" node_ref=node aria-hidden="true">
            <strong>{value_words(&source, &cell)}</strong>
            <span>
                <code>{offsets::hex(cell.bytes.offset_bytes)}</code>
                " · "
                {bytes::short(cell.bytes.length_bytes)}
            </span>
        </div>
    }
}

/// To the right of a cell and below it, or on the other side where there is no room.
fn put_beside(tip: &HtmlElement, cell: ScreenRect, (width, height): (f64, f64)) {
    let (own_width, own_height) = (f64::from(tip.offset_width()), f64::from(tip.offset_height()));
    let beside = |at: f64, length: f64, own: f64, window: f64| {
        let after = at + length + 10.0;
        let place = if after + own <= window { after } else { at - own - 10.0 };
        place.clamp(0.0, (window - own).max(0.0))
    };
    let x = beside(cell.x, cell.width, own_width, width);
    let y = beside(cell.y, cell.height, own_height, height);
    // Only a style sheet's rules can refuse it, and none does.
    let _infallible =
        tip.style().set_property("transform", &format!("translate({x:.0}px, {y:.0}px)"));
}

/// What a cell's value says.
pub fn value_words(source: &MapSource, of: &Cell) -> String {
    match of.value {
        Some((value, full)) => cell::words(source.metric, value, full),
        None => "on its way".to_owned(),
    }
}

fn said(state: &MapState, cell: &Cell) -> String {
    let source = state.source.get();
    format!(
        "{}, {}, {}",
        offsets::hex(cell.bytes.offset_bytes),
        bytes::short(cell.bytes.length_bytes),
        value_words(&source, cell),
    )
}
