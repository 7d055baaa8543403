//! Row `update`: an operating system's upgrade, the everyday snapshot.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result};

use super::{Bench, Outcome, delta_bound, keepers, zstd_of};
use crate::bench::{bytes::Bytes, change, claim::Claim, contest::play, files};

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let system = bench.system()?;
    // Upgraded here; what changes is then written to the disk, block by block, as a guest does.
    let upgraded = system.disk.copy(folder.join("upgraded.img"))?;
    let mut volume = system.volume.on(&upgraded.path);
    let disk = system.disk.copy(folder.join("disk.img"))?;
    let sides = keepers::sides(bench, folder, &disk.path)?;

    let changed = folder.join("changed");
    let mut worth = Bytes::default();
    let upgrade = |round: usize| {
        change::upgrade(&mut volume, &system.files, round as u64, &folder.join("staging"))?;
        let mut blocks = BufWriter::new(File::create(&changed).context("make a list of blocks")?);
        let image = files::open(&disk.path)?;
        files::carry_over(&upgraded.path, &image, 0, &mut blocks)?;
        blocks.flush().context("keep the changed blocks")?;
        image.sync_all().context("sync the disk")?;
        worth = worth + zstd_of(&changed)?;
        Ok(())
    };
    let series = play(bench.rounds, upgrade, sides)?;
    let bound = delta_bound(worth, bench.rounds as u64);
    let claims = vec![Claim::bytes("stored in all rounds", series[0].stored(), bound)];
    let notes = vec![format!(
        "zstd -3 makes the changed blocks {worth}; the bound is 1.3 × that and 64 KiB a snapshot"
    )];
    Ok(Outcome { on: disk.facts(), series, claims, notes })
}
