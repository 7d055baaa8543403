//! The bytes of one block, in one snapshot and against the one before it.

use leptos::prelude::*;
use shared::{BLOCK_BYTES, Snapshot, SnapshotId};

use super::between::Picker;
use crate::{
    api::{self, Answer, ByteRange},
    asked::{ask, effect},
    components::{hex::Hex, icon::Icon, remote::Remote, time::Moment},
    view::{
        bytes,
        hexdump::{self, Line},
        offsets,
        snapshots::Entry,
    },
};

/// A block's lines, and how many of its bytes differ from the snapshot before.
type Read = (Vec<Line>, Option<usize>);

/// The bytes of the selected range's blocks, one at a time.
#[component]
pub fn BlockBytes(
    /// The selected range.
    range: Signal<ByteRange>,
    /// The disk's snapshots, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Those to choose from, oldest first.
    listed: Memo<Vec<Entry>>,
    /// The one that is read; `None`: the newest.
    reading: RwSignal<Option<SnapshotId>>,
    /// The newer end of what is looked between.
    to: Signal<Option<SnapshotId>>,
) -> impl IntoView {
    let block = RwSignal::new(0_u64);
    effect(move || block.set(range.get().offset_bytes / BLOCK_BYTES));
    effect(move || reading.set(to.get()));
    let at = Memo::new(move |_| {
        snapshots.with(|all| {
            let at = reading.get().and_then(|id| all.iter().position(|it| it.id == id));
            at.unwrap_or(all.len().saturating_sub(1))
        })
    });
    let read = Memo::new(move |_| snapshots.with(|all| all.get(at.get()).cloned()));
    let before = Memo::new(move |_| {
        snapshots.with(|all| at.get().checked_sub(1).and_then(|at| all.get(at)).cloned())
    });
    let source = ask(move || {
        let (this, before, block) = (read.get(), before.get(), block.get());
        async move {
            match this {
                Some(this) => read_block(&this, before.as_ref(), block).await,
                None => Ok((Vec::new(), None)),
            }
        }
    });
    let source = source.about(move || {
        let read = read.with(|it| it.as_ref().map(|it| it.id.to_string()));
        format!("{} {}", block.get(), read.unwrap_or_default())
    });
    let is_outside = move || {
        let size = read.with(|it| it.as_ref().map_or(0, |it| it.sizes.provisioned.bytes()));
        block.get() * BLOCK_BYTES >= size
    };
    let is_first = move || block.get() <= range.get().offset_bytes / BLOCK_BYTES;
    let is_last = move || block.get() >= (range.get().end() - 1) / BLOCK_BYTES;
    let step = move |by: i64| block.update(|block| *block = block.saturating_add_signed(by));
    let choose = Callback::new(move |text: String| reading.set(text.parse().ok()));
    let chosen = Signal::derive(move || read.with(|it| it.as_ref().map(|it| it.id)));
    view! {
        <section class="bytes">
            <div class="bytes-head">
                <h3 id="inspector-bytes" tabindex="-1">"Bytes"</h3>
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
            <label class="bytes-in">
                <span>"in"</span>
                <Picker listed chosen choose first="" />
            </label>
            <Remote source loading=|| view! { <p>"…"</p> <div class="hex-frame"></div> } let:found>
                <p class="muted">
                    <code>{move || offsets::hex(block.get() * BLOCK_BYTES)}</code>
                    " · "
                    {move || is_outside().then_some("past the end of the disk as it was then, ")}
                    {move || match (found.with(|it| it.1), before.get()) {
                        (Some(0), Some(before)) => format!("the same as in {}", before.name).into_any(),
                        (Some(count), Some(before)) => view! {
                            <mark class="key">{bytes::grouped(count as u64)} " bytes"</mark>
                            {format!(" differ from {}", before.name)}
                        }.into_any(),
                        (None, _) | (_, None) => view! {
                            "taken " {read.get().map(|it| view! { <Moment at=it.created_at /> })}
                        }.into_any(),
                    }}
                </p>
                <div class="hex-frame" tabindex="0" role="region" aria-label="Bytes of the block">
                    {move || view! { <Hex lines=found.get().0 /> }}
                </div>
            </Remote>
        </section>
    }
}

/// What a snapshot has of a block; nothing of one past its end.
async fn read_block(this: &Snapshot, before: Option<&Snapshot>, block: u64) -> Answer<Read> {
    let whole = ByteRange { offset_bytes: block * BLOCK_BYTES, length_bytes: BLOCK_BYTES };
    let mut now = read_range(this, whole).await?;
    let Some(before) = before else {
        return Ok((hexdump::lines(whole.offset_bytes, &now, None), None));
    };
    let mut then = read_range(before, whole).await?;
    hexdump::even_out(&mut now, &mut then);
    let lines = hexdump::lines(whole.offset_bytes, &now, Some(&then));
    let differing = |line: &Line| match line {
        Line::Row(row) => row.differing(),
        Line::Zeros { .. } => 0,
    };
    let differing = lines.iter().map(differing).sum();
    Ok((lines, Some(differing)))
}

/// What of a range lies on the disk as a snapshot keeps it.
pub(in crate::pages) async fn read_range(snapshot: &Snapshot, range: ByteRange) -> Answer<Vec<u8>> {
    let range = range.within(snapshot.sizes.provisioned.bytes());
    if range.length_bytes == 0 {
        Ok(Vec::new())
    } else {
        api::snapshot_data(snapshot.id, range).await
    }
}
