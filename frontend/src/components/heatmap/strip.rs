//! The whole disk as one line of addresses: what is seen of it, and where the cursor is.

use leptos::{html, prelude::*};
use shared::heatmap::{TILE_CELLS, cell_bytes, tile_bytes};
use web_sys::{HtmlCanvasElement, MouseEvent};

use super::{paint, state::MapState};
use crate::{
    asked::effect,
    {components::measure::use_size, view::bytes},
};

/// Its height in CSS pixels.
const HEIGHT: f64 = 28.0;

/// A line of addresses below a map.
#[component]
pub fn Strip(
    /// The map's state.
    state: MapState,
) -> impl IntoView {
    let frame = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = use_size(frame);
    effect(move || {
        state.tiles.track();
        if let Some(canvas) = canvas.get() {
            draw(&canvas, &state, size.get().0);
        }
    });
    let disk_bytes = move || state.source.get().size.bytes();
    let go = move |event: MouseEvent| {
        let (width, _) = size.get_untracked();
        let share = f64::from(event.offset_x()) / width.max(1.0);
        untrack(|| {
            let cell = cell_bytes(state.viewport().level());
            let offset = (share * disk_bytes() as f64) as u64;
            state.go_to(offset / cell * cell);
        });
    };
    view! {
        <div class="strip">
            <div class="strip-frame" node_ref=frame>
                <canvas node_ref=canvas aria-hidden="true" on:click=go></canvas>
            </div>
            <div class="strip-ends" aria-hidden="true">
                <span>"0"</span>
                <span class="muted">"the disk from start to end"</span>
                <span>{move || bytes::short(disk_bytes())}</span>
            </div>
        </div>
    }
}

/// The most of each pixel's cells, then brackets around the tiles that are seen.
fn draw(canvas: &HtmlCanvasElement, state: &MapState, width: f64) {
    let Some(context) = paint::context(canvas) else { return };
    if width < 1.0 {
        return;
    }
    let ratio = window().device_pixel_ratio().max(1.0);
    paint::resize(canvas, (width * ratio) as u32, (HEIGHT * ratio) as u32);
    // A browser refuses no such matrix.
    let _infallible = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, HEIGHT);
    let look = state.style();
    let palette = look.ramp.palette(look.ground);
    let source = state.source.get();
    let disk = source.size.bytes() as f64;
    let viewport = state.viewport();
    let top = viewport.map().top_level();
    let cells = viewport.map().cells(top);
    let columns = width.ceil() as u64;
    let tile = |tile| state.tiles.get(&source.tile(top, tile));
    let tiles: Vec<_> = (0..cells.div_ceil(TILE_CELLS)).map(tile).collect();
    for column in 0..columns {
        let first = column * cells / columns;
        let last = ((column + 1) * cells / columns).max(first + 1).min(cells);
        let value = |cell: u64| {
            let tile = tiles.get((cell / TILE_CELLS) as usize)?.as_ref()?;
            tile.values.get((cell % TILE_CELLS) as usize).copied()
        };
        let most = (first..last).filter_map(value).max().unwrap_or(0);
        context.set_fill_style_str(&paint::css(palette[usize::from(most)]));
        context.fill_rect(column as f64, 4.0, 1.0, HEIGHT - 8.0);
    }
    let x = |offset: u64| offset as f64 / disk * width;
    let level = viewport.level();
    if !viewport.is_whole() {
        context.set_fill_style_str("rgb(90 169 255)");
        for tile in viewport.tiles(level) {
            let (left, right) = (x(tile * tile_bytes(level)), x((tile + 1) * tile_bytes(level)));
            let across = (right.min(width) - left).max(2.0);
            context.fill_rect(left, 0.0, across, 3.0);
            context.fill_rect(left, HEIGHT - 3.0, across, 3.0);
        }
    }
    let mark = |from: u64, to: u64, colour: &str| {
        context.set_fill_style_str(colour);
        let across = (x(to).min(width) - x(from)).max(2.0);
        context.fill_rect(x(from), 0.0, across, HEIGHT);
    };
    if let Some(range) = state.selection.get() {
        mark(range.offset_bytes, range.end(), "rgb(255 92 138 / 60%)");
    }
    if let Some(cell) = state.cursor_cell() {
        mark(cell.bytes.offset_bytes, cell.bytes.end(), "rgb(255 92 138)");
    }
}
