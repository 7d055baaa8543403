//! What a set of chosen snapshots is called, and what deleting it comes to.

use std::collections::BTreeSet;

use shared::{Snapshot, SnapshotId};

/// Whether the words that somebody looks for are in a snapshot's names or tags.
pub fn matches(snapshot: &Snapshot, words: &str) -> bool {
    let tags: Vec<String> =
        snapshot.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let Snapshot { name, disk_name, kind, sku, .. } = snapshot;
    let text = format!("{name} {disk_name} {kind} {sku} {}", tags.join(" "));
    super::disks::contains_all(&text, words)
}

/// The two chosen snapshots that can be compared, the older first: two, of one disk.
pub fn comparable(
    all: &[Snapshot],
    chosen: &BTreeSet<SnapshotId>,
) -> Option<(SnapshotId, SnapshotId)> {
    let mut both = all.iter().filter(|snapshot| chosen.contains(&snapshot.id));
    let (one, other, none) = (both.next()?, both.next()?, both.next());
    let pair =
        if one.created_at <= other.created_at { (one.id, other.id) } else { (other.id, one.id) };
    (none.is_none() && one.disk_id == other.disk_id).then_some(pair)
}

/// `1 snapshot`, `12 snapshots`.
pub fn count(number: u64) -> String {
    let noun = if number == 1 { "snapshot" } else { "snapshots" };
    format!("{} {noun}", super::bytes::grouped(number))
}
