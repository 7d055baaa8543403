//! Row `export`: the whole disk again, as a raw file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, ensure};

use super::{Bench, Outcome, of};
use crate::bench::{
    claim::Claim,
    contest::{Side, play},
    files,
    measure::{Sample, Sync},
    peers::{self, Borg, Restic},
    place::remove,
    programs,
};

pub(super) fn run(bench: &Bench, folder: &Path) -> Result<Outcome> {
    let disk = &bench.system()?.disk;
    // Where the disk comes back to; gone before the next one's turn.
    let fresh = || -> Result<PathBuf> {
        let place = folder.join("out");
        remove(&place)?;
        fs::create_dir(&place).context("make a folder for the export")?;
        Ok(place)
    };
    // A file that is wrong is no export, however quick.
    let check = |round: usize, file: &Path, sample: Sample| {
        ensure!(round > 0 || files::are_same(&disk.path, file)?, "what came back differs");
        Ok(sample)
    };

    let skikt = bench.skikt(folder);
    skikt.begin("disk", &disk.path)?;
    let ours = Side::new("skikt", |round| {
        let file = fresh()?.join("disk.img");
        files::warm(&skikt.store())?;
        let sample = bench.measure(&skikt.export("base", &file, "raw"), Sync::Itself)?;
        check(round, &file, sample)
    });
    let cp = bench.side(&programs::CP, |round| {
        let file = fresh()?.join("disk.img");
        files::warm(&disk.path)?;
        let sample = bench.measure(&peers::cp(&disk.path, &file)?, Sync::After(&file))?;
        check(round, &file, sample)
    });
    let qemu_img = bench.side(&programs::QEMU_IMG, |round| {
        let file = fresh()?.join("disk.img");
        files::warm(&disk.path)?;
        let sample = bench.measure(&peers::qemu_img(&disk.path, &file)?, Sync::After(&file))?;
        check(round, &file, sample)
    });
    let restic = bench.has(&programs::RESTIC).then(|| Restic::begin(folder, &disk.path));
    let restic = restic.map(|restic| {
        Side::new("restic", move |round| {
            let restic = restic.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            let (command, file) = restic.restore(&disk.path, &fresh()?)?;
            files::warm(&restic.store())?;
            check(round, &file, bench.measure(&command, Sync::After(&file))?)
        })
    });
    let borg = bench.has(&programs::BORG).then(|| Borg::begin(folder, &disk.path));
    let borg = borg.map(|borg| {
        Side::new("borg", move |round| {
            let borg = borg.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            let (command, file) = borg.extract("base", &disk.path, &fresh()?)?;
            files::warm(&borg.store())?;
            check(round, &file, bench.measure(&command, Sync::After(&file))?)
        })
    });
    let sides = [Some(ours), cp, qemu_img, restic, borg].into_iter().flatten().collect();
    let series = play(bench.rounds, |_| Ok(()), sides)?;
    let ours = &series[0];
    let claims = vec![
        Claim::time_of("the time of cp --sparse=always", ours, of(&series, &programs::CP), 1.5),
        Claim::as_fast_as("as fast as restic restore", ours, of(&series, &programs::RESTIC), 2.0),
    ];
    let notes = vec!["what each wrote was compared with the disk, byte for byte".to_owned()];
    Ok(Outcome { on: disk.facts(), series, claims, notes })
}
