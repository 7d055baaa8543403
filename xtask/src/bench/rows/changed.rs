//! Row `changed`: what changes cost in time and in bytes, where they are scattered.

use std::path::Path;

use anyhow::Result;

use super::{Bench, Outcome, delta_bound, zstd_of};
use crate::bench::{
    bytes::Bytes,
    change::{Scattered, scatter},
    claim::Claim,
    contest::{Side, play},
    files,
};

/// Sides, and the changes before each one's turn.
const SIDES: [(&str, Option<Scattered>); 3] = [
    ("unchanged", None),
    ("1 % of chunks", Some(Scattered::OneInSomeChunks)),
    ("1 % of blocks", Some(Scattered::Blocks)),
];

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = bench.system()?.disk.copy(folder.join("disk.img"))?;
    let skikt = bench.skikt(folder);
    skikt.begin("disk", &disk.path)?;
    let changed = folder.join("changed");
    let worth = std::cell::RefCell::new([Bytes::default(); SIDES.len()]);
    let sides = SIDES.iter().enumerate().map(|(at, (name, which))| {
        let (skikt, disk, changed, worth) = (&skikt, &disk, &changed, &worth);
        Side::new(name, move |round| {
            if let Some(which) = which {
                scatter(disk, *which, (round * SIDES.len() + at) as u64, changed)?;
                worth.borrow_mut()[at].0 += zstd_of(changed)?.0;
            }
            files::warm(&disk.path)?;
            let command = skikt.snapshot("disk", &format!("{round}-{at}"));
            bench.measure_storing(&command, &skikt.store())
        })
    });
    let series = play(bench.rounds, |_| Ok(()), sides.collect())?;
    let worth = worth.into_inner();
    let [unchanged, chunks, blocks] = [&series[0], &series[1], &series[2]];
    let bound = |at: usize| delta_bound(worth[at], bench.rounds as u64);
    let claims = vec![
        Claim::time_of("the unchanged one's time: 1 % of chunks", chunks, unchanged, 1.5),
        Claim::time_of("the unchanged one's time: 1 % of blocks", blocks, unchanged, 2.5),
        Claim::bytes("stored in all rounds: 1 % of chunks", chunks.stored(), bound(1)),
        Claim::bytes("stored in all rounds: 1 % of blocks", blocks.stored(), bound(2)),
    ];
    let notes = vec![format!(
        "zstd -3 makes the changed blocks {} and {}; the bound is 1.3 × that and 64 KiB a snapshot",
        worth[1], worth[2]
    )];
    Ok(Outcome { on: disk.facts(), series, claims, notes })
}
