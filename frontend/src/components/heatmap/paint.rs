//! Draws the map: pictures of tiles, then what is selected and where the cursor is.
//!
//! A browser refuses none of what is drawn here; if one did, that part would be missing.

use leptos::prelude::*;
use shared::heatmap::{Tile, cell_bytes};
use wasm_bindgen::{Clamped, JsCast as _};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::state::MapState;
use crate::{
    api::{ByteRange, TileQuery},
    tiles::Look,
    view::{
        layout::{CellRect, DiskMap},
        ramp::{Ground, Rgb},
        viewport::{ScreenRect, Viewport},
    },
};

/// From this size on, cells are drawn with a line between them.
const LINES_FROM: f64 = 9.0;

/// Draws everything anew.
pub(super) fn map(canvas: &HtmlCanvasElement, state: &MapState) {
    let Some(context) = context(canvas) else { return };
    let viewport = state.viewport();
    let (width, height) = state.size.get();
    let ratio = window().device_pixel_ratio().max(1.0);
    resize(canvas, (width * ratio) as u32, (height * ratio) as u32);
    let _missing = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    context.set_image_smoothing_enabled(false);

    let look = state.style();
    let map = viewport.map();
    let top = map.top_level();
    // What is not known is not shown as unchanged.
    context.set_fill_style_str(match look.ground {
        Ground::Light => "rgb(0 0 0 / 4%)",
        Ground::Dark => "rgb(255 255 255 / 3%)",
    });
    for rect in map.cover(top, 0..map.cells(top)) {
        fill(&context, snapped(viewport.on_screen(top, rect)));
    }
    for tile in viewport.tiles(viewport.level()) {
        draw_tile(&context, &viewport, state, look, tile);
    }
    draw_lines(&context, &viewport, look.ground, (width, height));
    if let Some(range) = state.selection.get() {
        draw_selection(&context, &viewport, range);
    }
    if let Some(cell) = state.cursor_cell() {
        for rect in map.cover(cell.level, cell.index..cell.index + 1) {
            outline(&context, viewport.on_screen(cell.level, rect), 1.0);
        }
    }
}

/// A canvas's context, which only a browser without canvases refuses.
pub(super) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// Setting a canvas's size clears it and is slow, so only what differs is set.
pub(super) fn resize(canvas: &HtmlCanvasElement, width: u32, height: u32) {
    if canvas.width() != width {
        canvas.set_width(width);
    }
    if canvas.height() != height {
        canvas.set_height(height);
    }
}

/// A colour as style sheets spell it.
pub(super) fn css([red, green, blue]: Rgb) -> String {
    format!("rgb({red} {green} {blue})")
}

/// Draws a tile, or the part of a coarser one that covers it until it comes.
fn draw_tile(
    context: &CanvasRenderingContext2d,
    viewport: &Viewport,
    state: &MapState,
    look: Look,
    tile: u64,
) {
    let (map, level) = (viewport.map(), viewport.level());
    let rect = map.tile_rect(level, tile);
    let on_screen = snapped(viewport.on_screen(level, rect));
    let source = state.source.get();
    let coarser = (level + 1..=map.top_level()).filter(|&coarse| map.stands_in(coarse, level));
    for level_drawn in std::iter::once(level).chain(coarser) {
        let by = level_drawn - level;
        let query = source.tile(level_drawn, tile >> (2 * by));
        let paint = |tile: &Tile| picture(&map, &query, tile, look);
        let Some(picture) = state.tiles.picture(&query, look, paint) else { continue };
        let outer = map.tile_rect(level_drawn, query.tile);
        let scale = f64::from(1_u32 << by);
        let part = |at: u32, outer: u32| f64::from(at) / scale - f64::from(outer);
        let _missing = context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &picture,
                part(rect.x, outer.x),
                part(rect.y, outer.y),
                f64::from(rect.width) / scale,
                f64::from(rect.height) / scale,
                on_screen.x,
                on_screen.y,
                on_screen.width,
                on_screen.height,
            );
        return;
    }
}

/// A tile's cells as pixels.
fn picture(map: &DiskMap, query: &TileQuery, tile: &Tile, look: Look) -> Option<HtmlCanvasElement> {
    let (width, height) = map.tile_size(query.level);
    let palette = look.ramp.palette(look.ground);
    let mut pixels = vec![0; (width * height * 4) as usize];
    for (value, (x, y)) in tile.values.iter().zip(map.tile_points(query.level, query.tile)) {
        let [red, green, blue] = palette[usize::from(*value)];
        let at = ((y * width + x) * 4) as usize;
        pixels[at..at + 4].copy_from_slice(&[red, green, blue, 255]);
    }
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    resize(&canvas, width, height);
    let image =
        ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, height).ok()?;
    context(&canvas)?.put_image_data(&image, 0.0, 0.0).ok()?;
    Some(canvas)
}

/// Lines between cells that are large enough for them.
fn draw_lines(
    context: &CanvasRenderingContext2d,
    viewport: &Viewport,
    ground: Ground,
    (width, height): (f64, f64),
) {
    let level = viewport.level();
    let cell = viewport.cell(level);
    if cell < LINES_FROM {
        return;
    }
    context.set_fill_style_str(match ground {
        Ground::Light => "rgb(255 255 255 / 70%)",
        Ground::Dark => "rgb(15 20 26 / 70%)",
    });
    let (across, down) = viewport.map().bounds();
    let whole = CellRect { x: 0, y: 0, width: across >> level, height: down >> level };
    let whole = viewport.on_screen(level, whole);
    let first = |at: f64| at + (-at / cell).floor().max(0.0) * cell;
    let (mut x, mut y) = (first(whole.x), first(whole.y));
    while x < width.min(whole.x + whole.width) {
        context.fill_rect(x.round(), whole.y.max(0.0), 1.0, whole.height.min(height));
        x += cell;
    }
    while y < height.min(whole.y + whole.height) {
        context.fill_rect(whole.x.max(0.0), y.round(), whole.width.min(width), 1.0);
        y += cell;
    }
}

/// A selected range: its squares tinted, each with an outline where it is large enough.
fn draw_selection(context: &CanvasRenderingContext2d, viewport: &Viewport, range: ByteRange) {
    let level = viewport.level();
    let cell = cell_bytes(level);
    let run = range.offset_bytes / cell..range.end().div_ceil(cell);
    for rect in viewport.map().cover(level, run) {
        let on_screen = viewport.on_screen(level, rect);
        context.set_fill_style_str("rgb(255 92 138 / 34%)");
        fill(context, on_screen);
        outline(context, on_screen, 2.0);
    }
}

/// Dark in light, so that it is seen on every colour.
fn outline(context: &CanvasRenderingContext2d, rect: ScreenRect, width: f64) {
    // What is too small to be seen gets a ring around it.
    let grow = ((6.0 - rect.width.min(rect.height)) / 2.0).max(0.0);
    let rect = ScreenRect {
        x: rect.x - grow,
        y: rect.y - grow,
        width: rect.width + 2.0 * grow,
        height: rect.height + 2.0 * grow,
    };
    for (colour, line) in [("rgb(0 0 0 / 80%)", width + 2.0), ("#fff", width)] {
        context.set_stroke_style_str(colour);
        context.set_line_width(line);
        context.stroke_rect(rect.x, rect.y, rect.width, rect.height);
    }
}

fn fill(context: &CanvasRenderingContext2d, rect: ScreenRect) {
    context.fill_rect(rect.x, rect.y, rect.width, rect.height);
}

/// On whole pixels, so that no seams show between neighbours.
fn snapped(rect: ScreenRect) -> ScreenRect {
    let (x, y) = (rect.x.round(), rect.y.round());
    ScreenRect {
        x,
        y,
        width: (rect.x + rect.width).round() - x,
        height: (rect.y + rect.height).round() - y,
    }
}
