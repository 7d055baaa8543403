//! Row `database`: small changes in many places, thirty times over.

use std::path::Path;

use anyhow::Result;

use super::{Bench, Outcome, keepers, zstd_of};
use crate::bench::{bytes::Bytes, claim::Claim, contest::play, database::Database};

/// How many snapshots are taken after the first, whatever the number of rounds.
const SNAPSHOTS: usize = 30;

/// The disk's part of the size that was asked for, and the least that makes sense.
const PART: u64 = 8;
const LEAST: Bytes = Bytes::mib(16);

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let size = Bytes(bench.size.0 / PART).max(LEAST);
    let mut database = Database::create(folder, size)?;
    let on = database.disk.facts();
    let disk = database.disk.path.clone();
    let sides = keepers::sides(bench, folder, &disk)?;
    let changed = folder.join("changed");
    let mut worth = Bytes::default();
    let work = |round: usize| {
        database.work(round as u64 + 1, &changed)?;
        worth = worth + zstd_of(&changed)?;
        Ok(())
    };
    let series = play(SNAPSHOTS, work, sides)?;
    let what = "stored in all, against zstd -3 of the changed blocks";
    let claims = vec![Claim::stored(what, series[0].stored(), Some(worth), 1.5)];
    let notes =
        vec![format!("zstd -3 makes the blocks that changed {worth}, in {SNAPSHOTS} rounds")];
    Ok(Outcome { on, series, claims, notes })
}
