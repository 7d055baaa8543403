//! Two snapshots compared: how much differs, where, and byte by byte.

pub mod bytes;
pub mod found;
pub mod pickers;
pub mod runs;

use leptos::prelude::*;
use shared::{Diff, Snapshot, SnapshotId};

use crate::{
    api::{self, Answer, DiffQuery},
    asked::ask,
    components::{
        empty::Empty,
        page_head::PageHead,
        remote::Remote,
        url::{in_url, step_in_url},
    },
};
use found::Found;
use pickers::Pickers;

/// The two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The side that is given.
    pub base: SnapshotId,
    /// The side that is reached.
    pub target: SnapshotId,
}

/// A difference, with what is needed to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The first of its runs, and its sums.
    pub diff: Diff,
    /// Both snapshots.
    pub base: Snapshot,
    /// Both snapshots.
    pub target: Snapshot,
    /// The revision of their disk, if it can be mapped.
    pub revision: Option<u64>,
}

/// `/diff?a&b`
#[component]
pub fn DiffPage() -> impl IntoView {
    let (a, set_a) = step_in_url::<SnapshotId>("a");
    let (b, set_b) = step_in_url::<SnapshotId>("b");
    let (_, look_at) = in_url::<String>("map");
    let (_, select) = in_url::<String>("sel");
    // Another pair differs elsewhere.
    let forget = move |()| {
        look_at.set(None);
        select.set(None);
    };
    let pair = Memo::new(move |_| Some(Pair { base: a.get()?, target: b.get()? }));
    view! {
        <PageHead title="Compare" note=|| "What turns one snapshot of a disk into another" />
        <Pickers a=a.into() b=b.into() set_a set_b picked=forget />
        {move || match pair.get() {
            Some(pair) if pair.base == pair.target => view! {
                <Empty icon="compare" title="One snapshot, twice">
                    <p>"A snapshot does not differ from itself. Pick another for one of the sides."</p>
                </Empty>
            }.into_any(),
            Some(pair) => view! { <Loaded pair /> }.into_any(),
            None => view! {
                <Empty icon="compare" title="Pick two snapshots of one disk">
                    <p>
                        "Any two will do, in either direction, however far apart they were taken. "
                        "On a disk's page, two ends of its timeline lead here too."
                    </p>
                </Empty>
            }.into_any(),
        }}
    }
}

#[component]
fn Loaded(pair: Pair) -> impl IntoView {
    let source = ask(move || compare(pair));
    view! {
        <Remote source loading=|| view! { <div class="timeline-skeleton"></div> } let:compared>
            <Found compared=compared.get_untracked() />
        </Remote>
    }
}

/// A disk that was let go still has its snapshots, their differences and its map.
async fn compare(pair: Pair) -> Answer<Compared> {
    let Pair { base, target } = pair;
    let query = DiffQuery { base, target, window: None, limit: None, cursor: None };
    let diff = api::diff(&query).await?;
    let base = api::snapshot(base).await?;
    let target = api::snapshot(target).await?;
    let timeline = api::timeline(target.disk_id, None, None, 1).await.ok();
    Ok(Compared { diff, base, target, revision: timeline.map(|it| it.revision) })
}
