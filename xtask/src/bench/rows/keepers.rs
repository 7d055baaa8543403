//! Those who keep a disk's past, taking one picture of it after the other.

use std::path::Path;

use anyhow::{Result, anyhow};

use super::Bench;
use crate::bench::{
    contest::Side,
    files,
    peers::{Borg, Restic},
    programs,
};

/// A side of each, with a first picture taken: a round's turn takes the next. One that does not
/// come so far fails in its first turn.
pub(super) fn sides<'a>(bench: &'a Bench, folder: &Path, disk: &'a Path) -> Result<Vec<Side<'a>>> {
    let skikt = bench.skikt(folder);
    skikt.begin("disk", disk)?;
    let mut sides = vec![Side::new("skikt", move |round| {
        files::warm(disk)?;
        let command = skikt.snapshot("disk", &format!("round-{round}"));
        bench.measure_storing(&command, &skikt.store())
    })];
    if bench.has(&programs::RESTIC) {
        let restic = Restic::begin(folder, disk);
        sides.push(Side::new("restic", move |_| {
            let restic = restic.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            files::warm(disk)?;
            bench.measure_storing(&restic.backup(disk)?, &restic.store())
        }));
    }
    if bench.has(&programs::BORG) {
        let borg = Borg::begin(folder, disk);
        sides.push(Side::new("borg", move |round| {
            let borg = borg.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            files::warm(disk)?;
            let command = borg.create_archive(&format!("round-{round}"), disk)?;
            bench.measure_storing(&command, &borg.store())
        }));
    }
    Ok(sides)
}
