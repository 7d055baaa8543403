//! What a set of chosen snapshots is called, and what deleting it comes to.

use std::collections::{BTreeMap, BTreeSet};

use shared::{Snapshot, SnapshotId};

/// Whether the words that somebody looks for are in a snapshot's names or tags.
pub fn matches(snapshot: &Snapshot, words: &str) -> bool {
    if words.trim().is_empty() {
        return true;
    }
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

/// A list to pick a snapshot from has no more than this, or it takes long to draw and to look at.
const TO_PICK: usize = 1000;

/// An entry of a list to pick from: its value, for one a snapshot's id, and its words.
pub type Entry = (String, String);

/// What a list offers, oldest first: `all`, or where those are too many, `some` of them and those
/// that are chosen.
pub fn to_pick(all: &[Snapshot], some: &[Snapshot], chosen: &[Option<SnapshotId>]) -> Vec<Entry> {
    let entry = |it: &Snapshot| (it.id.to_string(), it.name.to_string());
    if all.len() <= TO_PICK {
        return all.iter().map(entry).collect();
    }
    let chosen = all.iter().filter(|it| chosen.contains(&Some(it.id)));
    let picked: BTreeMap<_, _> = some.iter().chain(chosen).map(entry).collect();
    picked.into_iter().collect()
}

/// `1 snapshot`, `12 snapshots`.
pub fn count(number: u64) -> String {
    let noun = if number == 1 { "snapshot" } else { "snapshots" };
    format!("{} {noun}", super::bytes::grouped(number))
}
