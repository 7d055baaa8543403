//! Row `first`: everything is new. Whole copies stand beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{Bench, Outcome, of};
use crate::bench::{
    claim::Claim,
    contest::{Side, play},
    files,
    measure::Sync,
    peers::{self, Borg, Restic},
    place::remove,
    programs,
};

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = &bench.system()?.disk;
    // Each turn begins with an empty store, made before it is measured; the last one's is gone.
    let fresh = || -> Result<PathBuf> {
        let place = folder.join("turn");
        remove(&place)?;
        fs::create_dir(&place).context("make a folder for the store")?;
        files::warm(&disk.path)?;
        Ok(place)
    };
    let ours = Side::new("skikt", |_| {
        let skikt = bench.skikt(&fresh()?);
        skikt.attach("disk", &disk.path)?;
        bench.measure_storing(&skikt.snapshot("disk", "first"), &skikt.store())
    });
    let restic = bench.side(&programs::RESTIC, |_| {
        let restic = Restic::create(&fresh()?)?;
        bench.measure_storing(&restic.backup(&disk.path)?, &restic.store())
    });
    let borg = bench.side(&programs::BORG, |_| {
        let borg = Borg::create(&fresh()?)?;
        bench.measure_storing(&borg.create_archive("first", &disk.path)?, &borg.store())
    });
    let cp = bench.side(&programs::CP, |_| {
        let copy = fresh()?.join("copy");
        bench.measure(&peers::cp(&disk.path, &copy)?, Sync::After(&copy))
    });
    let qemu_img = bench.side(&programs::QEMU_IMG, |_| {
        let copy = fresh()?.join("copy");
        bench.measure(&peers::qemu_img(&disk.path, &copy)?, Sync::After(&copy))
    });
    let sides = [Some(ours), restic, borg, cp, qemu_img].into_iter().flatten().collect();
    let series = play(bench.rounds, |_| Ok(()), sides)?;
    let (ours, restic) = (&series[0], of(&series, &programs::RESTIC));
    let claims = vec![
        Claim::as_fast_as("as fast as restic", ours, restic, 3.0),
        Claim::as_fast_as("as fast as borg", ours, of(&series, &programs::BORG), 1.5),
        Claim::stored("stored, against restic's", ours.stored(), restic.stored(), 1.25),
    ];
    Ok(Outcome { on: disk.facts(), series, claims, notes: Vec::new() })
}
