//! What a place of the disk is: its range, when it changed, and its bytes.

use leptos::prelude::*;
use shared::{BLOCK_BYTES, RangeHistory, Snapshot, SnapshotId};

use super::bytes::BlockBytes;
use crate::{
    api::{self, ByteRange},
    asked::ask,
    components::{
        heatmap::{MapState, value_words},
        icon::Icon,
        remote::Remote,
        time::Ago,
        timeline::Between,
    },
    view::{bytes, offsets, percent, snapshots::Entry},
};

/// So many snapshots are listed at first, and added each time more are asked for.
const HISTORY: usize = 100;

/// Beside the map: what is selected on it.
#[component]
pub fn Inspector(
    /// The map's state.
    state: MapState,
    /// The disk's snapshots, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Those to choose from, oldest first.
    listed: Memo<Vec<Entry>>,
    /// Which are looked between.
    between: Memo<Between>,
    /// Looks between others.
    choose: Callback<Between>,
    /// The snapshot whose bytes are read.
    reading: RwSignal<Option<SnapshotId>>,
) -> impl IntoView {
    let chosen = Memo::new(move |_| {
        let size = state.source.get().size.bytes();
        let range = state.selection.get().map(|range| range.within(size));
        range.filter(|range| range.length_bytes > 0)
    });
    let any = Memo::new(move |_| chosen.get().is_some());
    view! {
        <aside class="inspector" aria-label="Selected blocks">
            {move || if any.get() {
                let range = Signal::derive(move || {
                    chosen.get().unwrap_or(ByteRange { offset_bytes: 0, length_bytes: 1 })
                });
                view! {
                    <Facts state range />
                    <BlockBytes range snapshots listed reading to=Signal::derive(move || between.get().to) />
                    <History state range snapshots choose />
                }.into_any()
            } else {
                view! { <Hint /> }.into_any()
            }}
        </aside>
    }
}

/// What to do while nothing is selected.
#[component]
fn Hint() -> impl IntoView {
    view! {
        <div class="inspector-hint">
            <Icon name="map" />
            <h3>"Pick a place on the map"</h3>
            <p class="muted">"See its bytes, and every snapshot that changed it."</p>
            <dl class="key-list">
                <div><dt><kbd>"click"</kbd></dt><dd>"select, with " <kbd>"Shift"</kbd> " a range"</dd></div>
                <div><dt><kbd>"wheel"</kbd></dt><dd>"zoom, down to one block of 4 KiB"</dd></div>
                <div><dt><kbd>"["</kbd> " " <kbd>"]"</kbd></dt><dd>"the change before, after"</dd></div>
                <div><dt><kbd>"G"</kbd></dt><dd>"go to an offset"</dd></div>
                <div><dt><kbd>","</kbd> " " <kbd>"."</kbd></dt><dd>"bytes of the snapshot before, after"</dd></div>
            </dl>
        </div>
    }
}

#[component]
fn Facts(state: MapState, range: Signal<ByteRange>) -> impl IntoView {
    let words = move || {
        state.tiles.track();
        let range = range.get();
        let cell = state.cell_of(range.offset_bytes);
        (cell.bytes == range).then(|| value_words(&state.source.get(), &cell))
    };
    let blocks = move || {
        let range = range.get();
        let count = range.end().div_ceil(BLOCK_BYTES) - range.offset_bytes / BLOCK_BYTES;
        if count == 1 { "1 block".to_owned() } else { format!("{} blocks", bytes::grouped(count)) }
    };
    view! {
        <div class="inspector-head">
            <div>
                <h3><code>{move || offsets::hex(range.get().offset_bytes)}</code></h3>
                <p class="muted">
                    {move || bytes::short(range.get().length_bytes)} " · " {blocks}
                    {move || words().map(|words| format!(" · {words}"))}
                </p>
            </div>
            <div class="tool-group">
                <button type="button" class="icon-button" aria-label="Show it on the map" title="Show it on the map"
                    on:click=move |_| untrack(|| state.show(range.get()))>
                    <Icon name="zoom-in" />
                </button>
                <button type="button" class="icon-button" aria-label="Select nothing" title="Select nothing (Esc)"
                    on:click=move |_| state.selection.set(None)>
                    <Icon name="close" />
                </button>
            </div>
        </div>
    }
}

/// Which snapshots found the range changed.
#[component]
fn History(
    state: MapState,
    range: Signal<ByteRange>,
    snapshots: Memo<Vec<Snapshot>>,
    choose: Callback<Between>,
) -> impl IntoView {
    let source = ask(move || {
        let (range, disk) = (range.get(), state.source.get().disk);
        let _asked_again_after_each = state.source.get().revision;
        api::changes(disk, range, None, None)
    });
    let source = source.about(move || range.get().to_string());
    let most = RwSignal::new(HISTORY);
    let more = move || {
        let all = source.value().with(|it| it.as_ref().map_or(0, |it| it.items.len()));
        all.saturating_sub(most.get())
    };
    let see = move |id: SnapshotId| {
        let from = snapshots.with_untracked(|all| {
            let at = all.iter().position(|it| it.id == id)?;
            Some(all.get(at.checked_sub(1)?)?.id)
        });
        choose.run(Between { from, to: Some(id) });
    };
    view! {
        <section class="history">
            <h3>"Changed in"</h3>
            <Remote
                source
                is_empty=|history: &RangeHistory| history.items.is_empty()
                empty=|| view! { <p class="muted">"No snapshot found it changed."</p> }
                let:history
            >
                <p class="muted">
                    {move || history.with(|it| format!(
                        "{} of {} snapshots ({})",
                        it.items.len(),
                        it.snapshot_count,
                        percent::text(it.items.len() as u64, it.snapshot_count),
                    ))}
                </p>
                <ol class="history-list">
                    {move || history.get().items.into_iter().rev().take(most.get()).map(|change| {
                        let touched = change.changed_bytes + change.cleared_bytes;
                        let share = percent::share(touched, range.get_untracked().length_bytes);
                        view! {
                            <li>
                                <button type="button" on:click=move |_| see(change.snapshot_id)
                                    title="Show what this snapshot changed">
                                    <span>{change.name.to_string()}</span>
                                    <Ago at=change.created_at />
                                    <span class="number">{bytes::short(touched)}</span>
                                    <i style:width=format!("{:.1}%", share * 100.0)></i>
                                </button>
                            </li>
                        }
                    }).collect_view()}
                </ol>
                {move || (more() > 0).then(|| view! {
                    <button type="button" class="button" on:click=move |_| most.update(|most| *most += HISTORY)>
                        {format!("Show more, of {} left", bytes::grouped(more() as u64))}
                    </button>
                })}
            </Remote>
        </section>
    }
}
