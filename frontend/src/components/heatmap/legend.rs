//! What a map's colours stand for, in real units.

use leptos::prelude::*;

use super::{paint::css, state::MapState};
use crate::view::cell;

/// The scale of colours, with what nothing looks like beside it.
#[component]
pub fn Legend(
    /// The map's state.
    state: MapState,
) -> impl IntoView {
    // What 255 stands for is in the tiles, and differs from level to level.
    let full = Memo::new(move |last: Option<&Option<u64>>| {
        state.tiles.track();
        let viewport = state.viewport();
        let source = state.source.get();
        let middle = viewport.tiles(viewport.level()).first().copied();
        let tile = middle.and_then(|tile| state.tiles.get(&source.tile(viewport.level(), tile)));
        tile.map(|tile| tile.full).or(last.copied().flatten())
    });
    let metric = Memo::new(move |_| state.source.get().metric);
    let palette = Memo::new(move |_| {
        let look = state.style();
        look.ramp.palette(look.ground)
    });
    let swatch = move || css(palette.get()[0]);
    let scale = move || {
        let palette = palette.get();
        let stops = (1..=255).step_by(2).map(|value| css(palette[value])).collect::<Vec<_>>();
        format!("linear-gradient(to right, {})", stops.join(", "))
    };
    let ticks = move || {
        let (metric, full) = (metric.get(), full.get()?);
        let ticks = cell::ticks(metric, full).into_iter().map(|tick| {
            let words = cell::tick(metric, tick, full);
            view! { <li style:left=format!("{:.2}%", tick.at * 100.0)>{words}</li> }
        });
        Some(ticks.collect_view())
    };
    view! {
        <div class="legend" aria-label="What the colours stand for" role="group">
            <span class="legend-nothing">
                <i style:background=swatch></i>
                {move || cell::nothing(metric.get())}
            </span>
            <div class="legend-scale">
                <div class="legend-ramp" style:background=scale></div>
                <ol>{ticks}</ol>
            </div>
            <span>{move || cell::unit(metric.get())}</span>
        </div>
    }
}
