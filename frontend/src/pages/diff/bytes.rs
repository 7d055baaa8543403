//! One block on both sides, with the bytes that differ marked.

use leptos::prelude::*;
use shared::{BLOCK_BYTES, Snapshot};

use crate::{
    api::{Answer, ByteRange},
    asked::{ask, effect},
    components::{
        heatmap::MapState,
        hex::{Hex, Side},
        icon::Icon,
        remote::Remote,
    },
    pages::disk::bytes::read_range,
    view::{
        bytes,
        hexdump::{self, Line},
        offsets,
    },
};

/// Two panes, and steps from block to block of what is selected.
#[component]
pub fn TwoSides(
    /// The map's state.
    state: MapState,
    /// The side that is given.
    base: Snapshot,
    /// The side that is reached.
    target: Snapshot,
) -> impl IntoView {
    let range = Memo::new(move |_| {
        state.selection.get().unwrap_or(ByteRange { offset_bytes: 0, length_bytes: BLOCK_BYTES })
    });
    let block = RwSignal::new(0_u64);
    effect(move || block.set(range.get().offset_bytes / BLOCK_BYTES));
    let (base_name, target_name) = (base.name.to_string(), target.name.to_string());
    let sides = StoredValue::new((base, target));
    let source = ask(move || read(sides.get_value(), block.get()));
    let source = source.about(move || block.get().to_string());
    let is_first = move || block.get() <= range.get().offset_bytes / BLOCK_BYTES;
    let is_last = move || block.get() >= (range.get().end().max(1) - 1) / BLOCK_BYTES;
    let step = move |by: i64| block.update(|block| *block = block.saturating_add_signed(by));
    view! {
        <section class="board">
            <div class="board-head">
                <h2 id="sides" tabindex="-1">"Bytes"</h2>
                <span class="muted">
                    <code>{move || offsets::hex(block.get() * BLOCK_BYTES)}</code>
                </span>
                <div class="board-tools">
                    <div class="tool-group">
                        <button type="button" class="icon-button" aria-label="Block before" title="Block before"
                            disabled=is_first on:click=move |_| step(-1)>
                            <Icon name="chevron-left" />
                        </button>
                        <span class="number">"block " {move || bytes::grouped(block.get())}</span>
                        <button type="button" class="icon-button" aria-label="Block after" title="Block after"
                            disabled=is_last on:click=move |_| step(1)>
                            <Icon name="chevron-right" />
                        </button>
                    </div>
                </div>
            </div>
            <Remote source loading=|| view! { <div class="two-sides"><div class="hex-frame"></div><div class="hex-frame"></div></div> } let:lines>
                <div class="two-sides">
                    <figure>
                        <figcaption>{base_name.clone()}</figcaption>
                        <div class="hex-frame" tabindex="0" role="region" aria-label="Bytes before">
                            {move || view! { <Hex lines=lines.get() side=Side::Other /> }}
                        </div>
                    </figure>
                    <figure>
                        <figcaption>{target_name.clone()}</figcaption>
                        <div class="hex-frame" tabindex="0" role="region" aria-label="Bytes after">
                            {move || view! { <Hex lines=lines.get() side=Side::This /> }}
                        </div>
                    </figure>
                </div>
            </Remote>
        </section>
    }
}

async fn read((base, target): (Snapshot, Snapshot), block: u64) -> Answer<Vec<Line>> {
    let range = ByteRange { offset_bytes: block * BLOCK_BYTES, length_bytes: BLOCK_BYTES };
    let mut then = read_range(&base, range).await?;
    let mut now = read_range(&target, range).await?;
    hexdump::even_out(&mut now, &mut then);
    Ok(hexdump::lines(range.offset_bytes, &now, Some(&then)))
}
