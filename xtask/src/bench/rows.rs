//! The rows of the table: what is measured, against whom, and what is to be reached.

mod changed;
mod database;
mod diff;
mod export;
mod first;
mod keepers;
mod memory;
mod unchanged;
mod update;

use std::{
    cell::OnceCell,
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{
    bytes::Bytes,
    claim::Claim,
    contest::{Series, Side},
    disks::System,
    files,
    measure::{Sample, Sync, measure},
    place::Place,
    programs::{self, Program},
    skikt::Skikt,
};
use crate::{say, sh};

/// One row.
pub(super) struct Row {
    /// What `--only` calls it.
    pub(super) name: &'static str,
    /// What it measures.
    pub(super) what: &'static str,
    /// What it cannot do without.
    pub(super) needs: &'static [&'static Program],
    /// Whom it compares with, of those that are there.
    pub(super) peers: &'static [&'static Program],
    /// The room that it takes with disks of so many bytes.
    pub(super) room: fn(Bytes) -> Bytes,
    run: fn(&Bench, &Path) -> Result<Outcome>,
}

/// What a row's run brought.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What was measured on.
    pub(super) on: String,
    pub(super) series: Vec<Series>,
    pub(super) claims: Vec<Claim>,
    /// What else is to be known.
    pub(super) notes: Vec<String>,
}

const MAKES_EXT4: &[&Program] = &[&programs::MKE2FS, &programs::DEBUGFS, &programs::CP];

/// All rows.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "unchanged",
        what: "snapshot of an unchanged disk, a fifth or more of it holes",
        needs: MAKES_EXT4,
        peers: &[&programs::B3SUM],
        room: |size| size,
        run: unchanged::with_holes,
    },
    Row {
        name: "unchanged-full",
        what: "snapshot of an unchanged disk without a hole",
        needs: MAKES_EXT4,
        peers: &[&programs::B3SUM],
        room: |size| size.times(2),
        run: unchanged::without_holes,
    },
    Row {
        name: "first",
        what: "first snapshot of a disk",
        needs: MAKES_EXT4,
        peers: &[&programs::RESTIC, &programs::BORG, &programs::CP, &programs::QEMU_IMG],
        room: |size| size,
        run: first::run,
    },
    Row {
        name: "changed",
        what: "snapshot after changes, against an unchanged disk's",
        needs: &[&programs::MKE2FS, &programs::DEBUGFS, &programs::CP, &programs::ZSTD],
        peers: &[],
        room: |size| size.times(2),
        run: changed::run,
    },
    Row {
        name: "update",
        what: "snapshot after packages were upgraded",
        needs: &[&programs::MKE2FS, &programs::DEBUGFS, &programs::CP, &programs::ZSTD],
        peers: &[&programs::RESTIC, &programs::BORG],
        room: |size| size.times(4),
        run: update::run,
    },
    Row {
        name: "database",
        what: "30 snapshots of a busy database's disk and its log",
        needs: &[&programs::SQLITE, &programs::ZSTD],
        peers: &[&programs::RESTIC, &programs::BORG],
        room: |size| size,
        run: database::run,
    },
    Row {
        name: "export",
        what: "export of a snapshot to a raw file",
        needs: MAKES_EXT4,
        peers: &[&programs::CP, &programs::QEMU_IMG, &programs::RESTIC, &programs::BORG],
        room: |size| size.times(3),
        run: export::run,
    },
    Row {
        name: "diff",
        what: "diff of two snapshots of a sparse disk of 1 TiB, 42 000 blocks apart",
        needs: &[],
        peers: &[],
        room: |_| Bytes::gib(1),
        run: diff::run,
    },
    Row {
        name: "memory",
        what: "memory for a sparse qcow2 of 32 TiB",
        needs: &[&programs::QEMU_IMG, &programs::QEMU_IO],
        peers: &[],
        room: |_| Bytes::gib(3),
        run: memory::run,
    },
];

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Row {
    /// Runs it in a folder of its own, which is gone after.
    pub(super) fn run(&self, bench: &Bench) -> Result<Outcome> {
        let lacking = self.needs.iter().find(|program| !bench.has(program));
        if let Some(program) = lacking {
            anyhow::bail!("{} is missing, which this row cannot do without", program.name);
        }
        let folder = bench.place.fresh(self.name)?;
        let outcome = (self.run)(bench, &folder);
        bench.place.done_with(self.name)?;
        outcome
    }
}

/// What all rows share.
#[derive(Debug)]
pub(super) struct Bench {
    pub(super) place: Place,
    pub(super) size: Bytes,
    pub(super) rounds: usize,
    pub(super) cores: usize,
    /// The program that is measured.
    pub(super) program: PathBuf,
    /// The names of the other programs that are there.
    pub(super) there: BTreeSet<&'static str>,
    /// The operating system's disk, made when the first row asks for it.
    pub(super) system: OnceCell<System>,
}

impl Bench {
    fn has(&self, program: &Program) -> bool {
        self.there.contains(program.name)
    }

    fn measure(&self, command: &Command, sync: Sync<'_>) -> Result<Sample> {
        measure(&self.place, command, sync)
    }

    fn skikt(&self, folder: &Path) -> Skikt<'_> {
        Skikt::new(&self.program, folder.join("skikt"))
    }

    /// The operating system's disk. Rows that change it take a copy.
    fn system(&self) -> Result<&System> {
        if self.system.get().is_none() {
            say::error("  making the disk");
            let system = System::create(&self.place.fresh("disks")?, self.size)?;
            // Nobody else sets it: rows run one after the other.
            let _ = self.system.set(system);
        }
        self.system.get().context("keep the disk")
    }

    /// A peer's side, or none where the peer is missing.
    fn side<'a>(
        &self,
        program: &Program,
        turn: impl FnMut(usize) -> Result<Sample> + 'a,
    ) -> Option<Side<'a>> {
        self.has(program).then(|| Side::new(program.name, turn))
    }

    /// Measures a command and what it adds to a store.
    fn measure_storing(&self, command: &Command, store: &Path) -> Result<Sample> {
        let before = if store.exists() { files::length_of_files(store)? } else { Bytes::default() };
        let sample = self.measure(command, Sync::Itself)?;
        let after = files::length_of_files(store)?;
        Ok(sample.storing(Bytes(after.0.saturating_sub(before.0))))
    }
}

/// The series of a side; an empty one, of which no figure can be made, where it was left out.
fn of<'a>(series: &'a [Series], program: &Program) -> &'a Series {
    const LEFT_OUT: &Series = &Series { name: "", samples: Vec::new(), failure: None };
    series.iter().find(|series| series.name == program.name).unwrap_or(LEFT_OUT)
}

/// How small `zstd -3` makes a file: what changed blocks are worth.
fn zstd_of(file: &Path) -> Result<Bytes> {
    let small = file.with_extension("zst");
    let mut zstd = programs::ZSTD.command()?;
    sh::quietly(zstd.args(["-q", "-f", "-3", "-T1"]).arg(file).arg("-o").arg(&small))?;
    let length = files::length_of_files(&small)?;
    super::place::remove(&small)?;
    Ok(length)
}

/// `1.3 × zstd + 64 KiB`: what a delta may store.
fn delta_bound(zstd: Bytes, deltas: u64) -> Bytes {
    Bytes((zstd.0 as f64 * 1.3) as u64) + Bytes::kib(64).times(deltas)
}
