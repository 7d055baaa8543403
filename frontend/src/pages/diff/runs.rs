//! The runs of blocks that differ, page by page.

use leptos::{prelude::*, task::spawn_local};
use shared::{Diff, DiffItem};

use crate::{
    api::{self, ApiError, ByteRange, DiffQuery},
    components::{
        heatmap::MapState,
        remote::failure,
        table::{Column, Table},
    },
    pages::disk::extents::kind,
    view::{bytes, offsets},
};

/// A long table, and a button for what comes after it.
#[component]
pub fn Runs(
    /// The map's state.
    state: MapState,
    /// The first page.
    diff: Diff,
) -> impl IntoView {
    let items = RwSignal::new(diff.items);
    let next = RwSignal::new(diff.next);
    let asking = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let (base, target) = (diff.base.id, diff.target.id);
    let ask = move || {
        let cursor = next.get_untracked();
        asking.set(true);
        failed.set(None);
        spawn_local(async move {
            let query = DiffQuery { base, target, window: None, limit: None, cursor };
            match api::diff(&query).await {
                Ok(page) => {
                    // The page may be gone by now.
                    let _gone = items.try_update(|items| items.extend(page.items));
                    let _gone = next.try_set(page.next);
                }
                Err(error) => drop(failed.try_set(Some(error))),
            }
            let _gone = asking.try_set(false);
        });
    };
    view! {
        <div class="runs" id="runs" tabindex="-1">
            <Table label="Runs of blocks that differ" rows=items columns=columns(state) key=key order="offset" />
            {move || failed.get().map(|error| failure(&error, false, ask))}
            {move || next.get().map(|_| view! {
                <button type="button" class="button" disabled=move || asking.get() on:click=move |_| ask()>
                    {move || format!("Show more than these {}", bytes::grouped(items.with(Vec::len) as u64))}
                </button>
            })}
        </div>
    }
}

fn key(item: &DiffItem) -> String {
    item.offset_bytes.to_string()
}

fn columns(state: MapState) -> Vec<Column<DiffItem>> {
    let offset = move |item: &DiffItem| {
        let range = ByteRange { offset_bytes: item.offset_bytes, length_bytes: item.length_bytes };
        view! {
            <button type="button" class="link" title="Show it on the map, and its bytes"
                aria-pressed=move || (state.selection.get() == Some(range)).to_string()
                on:click=move |_| untrack(|| state.show(range))>
                <code>{offsets::hex(range.offset_bytes)}</code>
            </button>
        }
    };
    let length = |item: &DiffItem| {
        view! { <span title=bytes::exact(item.length_bytes)>{bytes::short(item.length_bytes)}</span> }
    };
    vec![
        Column::new("offset", "Offset", offset).order(|a, b| a.offset_bytes.cmp(&b.offset_bytes)),
        Column::new("length", "Length", length)
            .number()
            .order(|a, b| a.length_bytes.cmp(&b.length_bytes)),
        Column::new("kind", "What became of it", |item: &DiffItem| kind(item.kind)),
    ]
}
