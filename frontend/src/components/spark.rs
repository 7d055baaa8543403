//! A disk's recent changes as a row of small bars.

use leptos::prelude::*;
use shared::DiskId;

use crate::{
    api,
    asked::ask,
    live::use_live,
    view::{bytes, snapshots, spark},
};

const BARS: u32 = 24;

/// Pixels of the highest bar.
const HEIGHT: f64 = 24.0;

/// What a disk's snapshots found changed, the last on the right.
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
                let changed: Vec<u64> = bars.iter().map(|bar| bar.changed_bytes).collect();
                let number = bars.iter().map(|bar| bar.snapshot_count).sum();
                let total = changed.iter().sum();
                let cut = if spark::is_cut(&changed) { "; the first bar is cut off" } else { "" };
                let words = format!("{} found {} changed{cut}", snapshots::count(number), bytes::short(total));
                let title = words.clone();
                let start = BARS as usize - bars.len().min(BARS as usize);
                let shape = |(at, height): (usize, f64)| {
                    view! { <rect x=(start + at) * 4 y=format!("{:.1}", HEIGHT - height) width="3" height=format!("{height:.1}") /> }
                };
                let shapes: Vec<_> = spark::heights(&changed, HEIGHT).into_iter().enumerate().map(shape).collect();
                view! {
                    <span title=title>
                        <svg viewBox="0 0 96 24" width="96" height="24" role="img" aria-label=words>{shapes}</svg>
                    </span>
                }
            })}
        </span>
    }
}
