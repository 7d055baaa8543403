//! What a comparison found: sums, map, runs and bytes.

use leptos::prelude::*;
use shared::heatmap::Metric;

use super::{Compared, bytes::TwoSides, runs::Runs};
use crate::{
    api::{self, ByteRange},
    components::{
        bytes::Bytes,
        empty::Empty,
        ground::use_ground,
        heatmap::{Heatmap, Legend, MapSource, MapState, Strip},
        icon::Icon,
    },
    tiles::Tiles,
    view::{bytes, layout::Layout, percent, ramp::Ramp},
};

/// A difference in all its parts.
#[component]
pub fn Found(
    /// What was found.
    compared: Compared,
) -> impl IntoView {
    let Compared { diff, base, target, disk } = compared;
    let nothing = diff.items.is_empty() && diff.base.size_bytes == diff.target.size_bytes;
    let size = diff.base.size_bytes.max(diff.target.size_bytes);
    // Ids sort by time; a map goes from the older to the newer.
    let (older, newer) = (base.id.min(target.id), base.id.max(target.id));
    let source = Signal::derive(move || MapSource {
        disk: target.disk_id,
        size,
        revision: disk.as_ref().map_or(0, |disk| disk.revision),
        from: Some(older),
        to: Some(newer),
        metric: Metric::Changed,
    });
    let first = diff
        .items
        .first()
        .map(|item| ByteRange { offset_bytes: item.offset_bytes, length_bytes: item.length_bytes });
    let state = MapState {
        source,
        layout: Layout::Hilbert.into(),
        ramp: Ramp::default().into(),
        place: RwSignal::new(None),
        selection: RwSignal::new(first),
        cursor: RwSignal::new(None),
        size: RwSignal::new((0.0, 0.0)),
        ground: use_ground(),
        tiles: Tiles::new(),
    };
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
    let more = if diff.next.is_some() { "more than " } else { "" };
    let runs = format!("{more}{}", bytes::grouped(diff.items.len() as u64));
    let sizes = if diff.base.size_bytes == diff.target.size_bytes {
        "both sides".to_owned()
    } else {
        format!("was {}", bytes::short(diff.base.size_bytes.bytes()))
    };
    let is_mapped = state.source.with_untracked(|source| source.revision) > 0;
    view! {
        <dl class="facts">
            <div><dt>"Changed"</dt><dd><Bytes of=changed /></dd><dd class="muted">{percent::text(changed, size.bytes())} " of the disk"</dd></div>
            <div><dt>"Cleared to zeros"</dt><dd><Bytes of=cleared /></dd><dd class="muted">{percent::text(cleared, size.bytes())} " of the disk"</dd></div>
            <div><dt>"Runs of blocks"</dt><dd>{runs}</dd><dd class="muted">"of 4 KiB blocks"</dd></div>
            <div><dt>"Longest run"</dt><dd><Bytes of=longest /></dd><dd class="muted">"in one piece"</dd></div>
            <div><dt>"Disk size"</dt><dd><Bytes of=diff.target.size_bytes.bytes() /></dd><dd class="muted">{sizes}</dd></div>
        </dl>
        <section class="board">
            <div class="board-head">
                <h2>"Where"</h2>
                <div class="board-tools">
                    <a class="button" download href=api::diff_url(base_id, target_id, "json")><Icon name="download" /> "JSON"</a>
                    <a class="button" download href=api::diff_url(base_id, target_id, "csv")><Icon name="download" /> "CSV"</a>
                </div>
            </div>
            <div class="explore" data-even="true">
                {is_mapped.then(|| view! {
                    <div class="explore-map">
                        <Heatmap state on_key=Callback::new(|_| {}) />
                        <Strip state />
                        <Legend state />
                    </div>
                })}
                <Runs state diff />
            </div>
        </section>
        <TwoSides state base target />
    }
    .into_any()
}
