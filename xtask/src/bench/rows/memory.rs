//! Row `memory`: the largest disk there is, which must not take the largest memory.

use std::path::Path;

use anyhow::Result;

use super::{Bench, Outcome};
use crate::bench::{
    bytes::Bytes,
    claim::Claim,
    contest::{Series, Side, play},
    files,
    measure::Sync,
    sparse,
};

const SIZE: Bytes = Bytes::tib(32);

/// Blocks that are used, and changed: each in a leaf of the tree of its own, mostly.
const BLOCKS: u64 = 8_000;

const MOST: Bytes = Bytes::mib(256);

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = folder.join("disk.qcow2");
    sparse::make_qcow2(&disk, SIZE)?;
    let blocks = sparse::places(SIZE, BLOCKS);
    sparse::write_qcow2(&disk, &blocks, 1)?;
    let skikt = bench.skikt(folder);
    skikt.attach("disk", &disk)?;
    let file = folder.join("export");
    let mut notes = Vec::new();
    let mut sides = vec![
        Side::new("snapshot", |_| bench.measure(&skikt.snapshot("disk", "base"), Sync::Itself)),
        Side::new("next snapshot", |_| {
            sparse::write_qcow2(&disk, &blocks, 2)?;
            bench.measure(&skikt.snapshot("disk", "target"), Sync::Itself)
        }),
        Side::new("diff", |_| bench.measure(&skikt.diff("base", "target"), Sync::Itself)),
    ];
    if let Some(format) = format(bench, folder)? {
        notes.push(format!("the export is a file of format {format}"));
        sides.push(Side::new("export", |_| {
            bench.measure(&skikt.export("target", &file, format), Sync::Itself)
        }));
    } else {
        notes.push("export: not measured, this file system holds no file of 32 TiB".to_owned());
    }
    let series = play(1, |_| Ok(()), sides)?;
    let claims = ["snapshot", "next snapshot", "diff", "export"].map(|name| {
        let side = series.iter().find(|series| series.name == name);
        let peak = side.filter(|side| side.failure.is_none()).and_then(Series::peak);
        Claim::bytes(name, peak, MOST)
    });
    let on = format!("{SIZE} qcow2, sparse, {BLOCKS} blocks used, all of them changed");
    Ok(Outcome { on, series, claims: claims.into(), notes })
}

/// The format to export to: raw, if the file system has room for the number of bytes.
fn format(bench: &Bench, folder: &Path) -> Result<Option<&'static str>> {
    let try_out = folder.join("try-out");
    let fits = files::make_hole(&try_out, SIZE).is_ok();
    crate::bench::place::remove(&try_out)?;
    if fits {
        return Ok(Some("raw"));
    }
    Ok(bench.skikt(folder).writes("qcow2")?.then_some("qcow2"))
}
