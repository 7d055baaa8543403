//! Row `diff`: a large disk, changed in very many places.

use std::path::Path;

use anyhow::{Result, ensure};

use super::{Bench, Outcome};
use crate::bench::{
    bytes::Bytes,
    claim::Claim,
    contest::{Side, play},
    files,
    measure::{Sync, output},
    sparse,
};
use crate::sh;

const SIZE: Bytes = Bytes::tib(1);

/// A hundredth of the disk's chunks.
const BLOCKS: u64 = 42_000;

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = folder.join("disk.img");
    files::make_hole(&disk, SIZE)?;
    let blocks = sparse::places(SIZE, BLOCKS);
    sparse::write_raw(&disk, &blocks, 1)?;
    let skikt = bench.skikt(folder);
    skikt.begin("disk", &disk)?;
    sparse::write_raw(&disk, &blocks, 2)?;
    sh::quietly(&mut skikt.snapshot("disk", "target"))?;
    let ours = Side::new("skikt", |_| {
        files::warm(&skikt.store())?;
        let sample = bench.measure(&skikt.diff("base", "target"), Sync::Itself)?;
        ensure!(sparse::blocks_of(&output(&bench.place))? == blocks, "the difference is not exact");
        Ok(sample)
    });
    let series = play(bench.rounds, |_| Ok(()), vec![ours])?;
    let claims = vec![Claim::milliseconds("until all is printed", &series[0], 100.0)];
    let notes = vec!["every block that changed was named, and no other, in every round".to_owned()];
    Ok(Outcome { on: format!("{SIZE} disk, sparse, {BLOCKS} blocks used"), series, claims, notes })
}
