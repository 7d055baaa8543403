//! What a comparison found: sums, map, runs and bytes.

use leptos::prelude::*;
use shared::{Snapshot, SnapshotId, heatmap::Metric};

use super::{Compared, bytes::TwoSides, runs::Runs};
use crate::{
    api::{self, ByteRange},
    asked::effect,
    components::{
        bytes::Bytes,
        empty::Empty,
        focus::focus,
        heatmap::{GoTo, Heatmap, Legend, MapKey, MapSource, MapState, Strip},
        icon::Icon,
        settled::settled,
    },
    view::{bytes, percent, viewport::Place},
};

/// A difference in all its parts.
#[component]
pub fn Found(
    /// What was found.
    compared: Compared,
) -> impl IntoView {
    let Compared { diff, base, target, revision } = compared;
    let nothing = diff.items.is_empty() && diff.base.size_bytes == diff.target.size_bytes;
    let size = diff.base.size_bytes.max(diff.target.size_bytes);
    // Ids sort by time; a map goes from the older to the newer.
    let (older, newer) = (base.id.min(target.id), base.id.max(target.id));
    let source = Signal::derive(move || MapSource {
        disk: target.disk_id,
        size,
        revision: revision.unwrap_or(0),
        from: Some(older),
        to: Some(newer),
        metric: Metric::Changed,
    });
    let (place, selection) = (settled::<Place>("map"), settled::<ByteRange>("sel"));
    let first = diff
        .items
        .first()
        .map(|item| ByteRange { offset_bytes: item.offset_bytes, length_bytes: item.length_bytes });
    // Where the address names no place, the first that differs is looked at.
    effect(move || {
        if selection.now.get_untracked().is_none() {
            selection.now.set(first);
        }
    });
    let state = MapState::new(source, place.now, selection.now);
    let (base_id, target_id) = (base.id, target.id);
    if nothing {
        return view! {
            <Empty icon="ok" title="Nothing differs">
                <p>"Both snapshots hold the same bytes, block for block."</p>
            </Empty>
        }
        .into_any();
    }
    let longest = diff.items.iter().map(|item| item.length_bytes).max().unwrap_or(0);
    let (changed, cleared) = (diff.changed_bytes, diff.cleared_bytes);
    // What is not looked at yet may hold a longer one.
    let is_whole = diff.next.is_none();
    let longest_of = if is_whole { "in one piece" } else { "of the first 10,000 runs" };
    let more = if is_whole { "" } else { "more than " };
    let runs = format!("{more}{}", bytes::grouped(diff.items.len() as u64));
    let sizes = if diff.base.size_bytes == diff.target.size_bytes {
        "both sides".to_owned()
    } else {
        format!("was {}", bytes::short(diff.base.size_bytes.bytes()))
    };
    let is_mapped = revision.is_some();
    let going = RwSignal::new(false);
    let on_key = Callback::new(move |key: MapKey| match key {
        MapKey::Bytes => focus("sides"),
        MapKey::Table => focus("runs"),
        MapKey::GoTo => going.set(true),
        MapKey::Older | MapKey::Newer => {}
    });
    let back = (base.id > target.id).then(|| way_back(&base, &target));
    view! {
        {back}
        <dl class="facts">
            <div><dt>"Changed"</dt><dd><Bytes of=changed /></dd><dd class="muted">{percent::text(changed, size.bytes())} " of the disk"</dd></div>
            <div><dt>"Cleared to zeros"</dt><dd><Bytes of=cleared /></dd><dd class="muted">{percent::text(cleared, size.bytes())} " of the disk"</dd></div>
            <div><dt>"Runs of blocks"</dt><dd>{runs}</dd><dd class="muted">"of 4 KiB blocks"</dd></div>
            <div><dt>"Longest run"</dt><dd><Bytes of=longest /></dd><dd class="muted">{longest_of}</dd></div>
            <div><dt>"Disk size"</dt><dd><Bytes of=diff.target.size_bytes.bytes() /></dd><dd class="muted">{sizes}</dd></div>
        </dl>
        <section class="board">
            <div class="board-head">
                <h2>"Where"</h2>
                <div class="board-tools">
                    {is_whole.then(|| download(base_id, target_id, "json", "JSON"))}
                    {download(base_id, target_id, "csv", "CSV")}
                </div>
            </div>
            <div class="explore" data-even="true">
                {is_mapped.then(|| view! {
                    <div class="explore-map">
                        <Heatmap state on_key />
                        <Strip state />
                        <Legend state />
                    </div>
                })}
                <Runs state diff />
            </div>
        </section>
        <TwoSides state base target />
        <GoTo open=going state />
    }
    .into_any()
}

/// A link to the difference as a file: in JSON one answer, which may be a page of it only.
fn download(
    base: SnapshotId,
    target: SnapshotId,
    format: &'static str,
    words: &'static str,
) -> impl IntoView {
    let address = api::diff_url(base, target, format);
    view! { <a class="button" download href=address><Icon name="download" /> {words}</a> }
}

/// A word on a comparison with an older snapshot.
fn way_back(base: &Snapshot, target: &Snapshot) -> impl IntoView + use<> {
    view! {
        <p class="muted">
            "This is the way back in time: what turns " <strong>{base.name.to_string()}</strong>
            " into the older " <strong>{target.name.to_string()}</strong>
            ". The same places differ either way."
        </p>
    }
}
