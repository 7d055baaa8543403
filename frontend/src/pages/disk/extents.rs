//! The largest changes between two snapshots: the map once more, as a table.

use leptos::prelude::*;
use shared::{Diff, DiffItem, DiffKind, Snapshot};

use crate::{
    api::{self, Answer, ByteRange, DiffQuery},
    asked::ask,
    components::{heatmap::MapState, icon::Icon, remote::Remote, timeline::Between},
    routes::Route,
    view::{bytes, offsets, order},
};

/// So many are listed.
const LISTED: usize = 12;

/// Some runs, and whether there are others that were not looked at.
type Largest = (Vec<DiffItem>, bool);

/// A table of runs; each is shown on the map.
#[component]
pub fn Extents(
    /// The map's state.
    state: MapState,
    /// The disk's snapshots, oldest first.
    snapshots: Memo<Vec<Snapshot>>,
    /// Which are looked between.
    between: Memo<Between>,
) -> impl IntoView {
    let pair = Memo::new(move |_| {
        let ends = snapshots.with(|all| Some((all.first()?.id, all.last()?.id)))?;
        let Between { from, to } = between.get();
        let (from, to) = (from.unwrap_or(ends.0), to.unwrap_or(ends.1));
        (from != to).then_some((from, to))
    });
    let source = ask(move || {
        let pair = pair.get();
        async move {
            match pair {
                Some((base, target)) => largest(base, target).await,
                None => Ok((Vec::new(), false)),
            }
        }
    });
    let source = source
        .about(move || pair.get().map(|(from, to)| format!("{from} {to}")).unwrap_or_default());
    let names = move || {
        let (from, to) = pair.get()?;
        snapshots.with(|all| {
            let name = |id| all.iter().find(|it| it.id == id).map(|it| it.name.to_string());
            Some(format!("From {} to {}", name(from)?, name(to)?))
        })
    };
    view! {
        <section class="board" id="extents" tabindex="-1">
            <div class="board-head">
                <h2>"Largest changes"</h2>
                <span class="muted">{names}</span>
                <div class="board-tools">
                    {move || pair.get().map(|(base, target)| view! {
                        <a class="button" href=Route::Diff { base, target }.path()>"All of them"</a>
                    })}
                </div>
            </div>
            <Remote
                source
                is_empty=|(items, _): &Largest| items.is_empty()
                empty=move || view! {
                    <p class="muted board-note">
                        {match pair.get() {
                            Some(_) => "Nothing changed between these two.",
                            None => "There is no snapshot before it to compare it with.",
                        }}
                    </p>
                }
                let:found
            >
                {move || found.with(|(_, more)| more.then(|| view! {
                    <p class="muted board-note">"Of the first 10,000 runs: there are more than can be looked through here."</p>
                }))}
                <div class="table-frame">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Offset"</th>
                                <th scope="col" class="numbers">"Length"</th>
                                <th scope="col">"What became of it"</th>
                                <th scope="col"><span class="visually-hidden">"Show"</span></th>
                            </tr>
                        </thead>
                        <tbody>
                            {move || found.get().0.into_iter().map(|item| {
                                row(item, state)
                            }).collect_view()}
                        </tbody>
                    </table>
                </div>
            </Remote>
        </section>
    }
}

fn row(item: DiffItem, state: MapState) -> impl IntoView {
    let range = ByteRange { offset_bytes: item.offset_bytes, length_bytes: item.length_bytes };
    let selected = move || state.selection.get() == Some(range);
    view! {
        <tr aria-selected=move || selected().to_string()>
            <td><code>{offsets::hex(item.offset_bytes)}</code></td>
            <td class="numbers" title=bytes::exact(item.length_bytes)>{bytes::short(item.length_bytes)}</td>
            <td>{kind(item.kind)}</td>
            <td class="numbers">
                <button type="button" class="text-button" on:click=move |_| untrack(|| state.show(range))>
                    <Icon name="map" /> "Show on the map"
                </button>
            </td>
        </tr>
    }
}

/// What became of a run, in words and a shape.
pub(in crate::pages) fn kind(kind: DiffKind) -> impl IntoView {
    let (name, words) = match kind {
        DiffKind::Changed => ("changed", "changed"),
        DiffKind::Cleared => ("cleared", "cleared to zeros"),
    };
    view! { <span class="diff-kind" data-kind=name>{words}</span> }
}

/// The longest of the first runs, the longest first.
async fn largest(base: shared::SnapshotId, target: shared::SnapshotId) -> Answer<Largest> {
    let query = DiffQuery { base, target, window: None, limit: None, cursor: None };
    let Diff { items, next, .. } = api::diff(&query).await?;
    let longest = order::first(LISTED, &items, |a, b| b.length_bytes.cmp(&a.length_bytes));
    Ok((longest, next.is_some()))
}
