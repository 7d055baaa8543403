//! Rows `unchanged` and `unchanged-full`: nothing to store, so all is reading and hashing.

use std::path::Path;

use anyhow::Result;

use super::{Bench, Outcome, of};
use crate::bench::{
    bytes::Bytes,
    claim::Claim,
    contest::{Side, play},
    disks::Disk,
    files,
    measure::Sync,
    peers, programs,
};

pub(super) fn with_holes(bench: &Bench, folder: &Path) -> Result<Outcome> {
    run(bench, folder, &bench.system()?.disk, 1.25)
}

pub(super) fn without_holes(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = bench.system()?.without_holes(folder.join("full.img"))?;
    run(bench, folder, &disk, 1.5)
}

fn run(bench: &Bench, folder: &Path, disk: &Disk, most: f64) -> Result<Outcome> {
    let skikt = bench.skikt(folder);
    skikt.begin("disk", &disk.path)?;
    let ours = Side::new("skikt", |round| {
        files::warm(&disk.path)?;
        let command = skikt.snapshot("disk", &format!("round-{round}"));
        bench.measure_storing(&command, &skikt.store())
    });
    let b3sum = bench.side(&programs::B3SUM, |_| {
        files::warm(&disk.path)?;
        bench.measure(&peers::b3sum(&disk.path, bench.cores)?, Sync::Itself)
    });
    let series =
        play(bench.rounds, |_| Ok(()), [Some(ours), b3sum].into_iter().flatten().collect())?;
    let largest = series[0].samples.iter().filter_map(|sample| sample.stored).max();
    let claims = vec![
        Claim::time_of("the time of b3sum", &series[0], of(&series, &programs::B3SUM), most),
        Claim::bytes("stored by each", largest, Bytes::kib(4)),
    ];
    Ok(Outcome { on: disk.facts(), series, claims, notes: Vec::new() })
}
