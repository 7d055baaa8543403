//! A disk's recent changes as a row of small bars.

use leptos::prelude::*;
use shared::DiskId;

use crate::{
    api,
    asked::ask,
    live::use_live,
    view::{bytes, snapshots},
};

const BARS: u32 = 24;

/// What a disk's snapshots found changed, asked for when it comes into sight.
#[component]
pub fn Spark(
    /// The disk.
    disk: DiskId,
) -> impl IntoView {
    let live = use_live();
    let timeline = ask(move || {
        live.track_disk(disk);
        api::timeline(disk, None, None, BARS)
    });
    let bars = move || timeline.get().map(|timeline| timeline.bars);
    view! {
        <span class="spark">
            {move || bars().filter(|bars| !bars.is_empty()).map(|bars| {
                let most = bars.iter().map(|bar| bar.changed_bytes).max().unwrap_or(0).max(1);
                let total = bars.iter().map(|bar| bar.changed_bytes).sum();
                let number = bars.iter().map(|bar| bar.snapshot_count).sum();
                let words = format!("{} found {} changed", snapshots::count(number), bytes::short(total));
                let start = 24 - bars.len().min(24);
                let shapes: Vec<_> = bars.iter().enumerate().map(|(at, bar)| {
                    // Anything that changed can be seen.
                    let height = (bar.changed_bytes as f64 / most as f64 * 24.0).max(1.5);
                    view! { <rect x=(start + at) * 4 y=format!("{:.1}", 24.0 - height) width="3" height=format!("{height:.1}") /> }
                }).collect();
                view! {
                    <svg viewBox="0 0 96 24" width="96" height="24" role="img" aria-label=words>
                        {shapes}
                    </svg>
                }
            })}
        </span>
    }
}
