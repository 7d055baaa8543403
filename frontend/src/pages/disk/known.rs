//! All snapshots of a disk by name, and those that lists offer.

use leptos::prelude::*;
use shared::{Disk, Snapshot, SnapshotId, Timeline};

use crate::{
    api,
    asked::{Asked, ask},
    components::timeline::Between,
    view::snapshots::{Entry, to_pick},
};

/// What is known of a disk's snapshots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// All of them, oldest first.
    pub(super) snapshots: Memo<Vec<Snapshot>>,
    /// Those that lists offer, oldest first.
    pub(super) listed: Memo<Vec<Entry>>,
    /// Whether one that is looked between is not among them.
    pub(super) is_gone: Memo<bool>,
    /// The question for all of them.
    pub(super) whole: Asked<Option<Vec<Snapshot>>>,
}

/// Asks for what a timeline does not say: where each bar is one snapshot, it names them all.
/// `detailed` is the same timeline, told apart as far as is known.
pub(super) fn known(
    disk: Signal<Disk>,
    timeline: Signal<Timeline>,
    detailed: Signal<Timeline>,
    between: Memo<Between>,
    reading: RwSignal<Option<SnapshotId>>,
) -> Known {
    let id = disk.with_untracked(|disk| disk.id);
    let coarse = Memo::new(move |_| {
        let is_coarse = |it: &Timeline| it.bars.iter().any(|bar| bar.snapshot_count > 1);
        timeline.with(|it| is_coarse(it).then_some(it.revision))
    });
    let whole = ask(move || {
        let is_coarse = coarse.get().is_some();
        async move { if is_coarse { api::disk_snapshots(id).await.map(Some) } else { Ok(None) } }
    });
    let largest = move || {
        detailed.with(|it| it.bars.iter().map(|bar| bar.largest.clone()).collect::<Vec<_>>())
    };
    let snapshots = Memo::new(move |_| {
        whole.value().with(|whole| whole.clone().flatten()).unwrap_or_else(largest)
    });
    let listed = Memo::new(move |_| {
        let Between { from, to } = between.get();
        let chosen = [from, to, reading.get()];
        snapshots.with(|all| to_pick(all, &largest(), &chosen))
    });
    let is_complete =
        move || coarse.get().is_none() || whole.value().with(|it| matches!(it, Some(Some(_))));
    let is_gone = Memo::new(move |_| {
        let Between { from, to } = between.get();
        let is_there = |id| snapshots.with(|all| all.iter().any(|it| it.id == id));
        is_complete() && !from.into_iter().chain(to).all(is_there)
    });
    Known { snapshots, listed, is_gone, whole }
}
