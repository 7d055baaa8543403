//! `cargo xtask bench`: Skikt and others do the same work on the same disks, and are measured.

mod bytes;
mod chance;
mod change;
mod child;
mod claim;
mod contest;
mod database;
mod disks;
mod ext4;
mod files;
mod json;
mod machine;
mod measure;
mod options;
mod peers;
mod place;
mod programs;
mod report;
mod rows;
mod skikt;
mod sparse;

use std::{cell::OnceCell, fs};

use anyhow::{Context as _, Result, ensure};

use self::{
    bytes::Bytes,
    machine::Machine,
    options::{Json, Options, Wish},
    place::Place,
    programs::Program,
    report::Done,
    rows::{Bench, ROWS, Row},
};
use crate::say;

const HELP: &str = "\
Measures Skikt beside b3sum, cp, qemu-img, restic and borg, which do the same work on the same
disks. Prints a table for each row, and whether the figures reach what the design asks for.

    cargo xtask bench                                     everything: 6 GiB disks, 5 rounds
    cargo xtask bench --size 1GiB --rounds 3              quicker, and rougher
    cargo xtask bench --only first export --keep          two rows; what they made stays
    cargo xtask bench --list                              the rows

Options
    --only ROW…     these rows
    --size SIZE     size of the disks, as 512MiB or 6GiB (default 6GiB, at least 64MiB)
    --rounds N      how often each side is measured (default 5)
    --dir DIR       where disks and stores are made: all sides share this file system
                    (default: $XDG_CACHE_HOME/skikt, else ~/.cache/skikt)
    --keep          leave what was made in DIR/skikt-bench, until the next run
    --json [FILE]   figures as JSON, into FILE, or printed instead of the tables
    --yes           install missing programs without asking
    --no-install    go on without programs that are missing
    --skikt FILE    measure this program instead of building this checkout's

How it measures
    Sides take turns in every round. Before each, all writes are flushed and what it reads is in
    the page cache. A program that does not sync what it writes is followed by a sync of that file,
    within its time. Ratios are of the best times; the median and the worst stand beside them. CPU
    and memory are the process's own, as the kernel counted them. `others` is how many cores were
    busy for anybody else meanwhile: figures are as good as it is small.

A figure that is missed is shown as such and is no failure; a program that fails is one, after all
others have had their turn.
";

/// Does what the words after `cargo xtask bench` ask for.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    if let [measure::CHILD, arguments @ ..] = arguments {
        return child::run(arguments);
    }
    match Wish::read(arguments, ROWS)? {
        Wish::Help => say::line(HELP),
        Wish::List => {
            for row in ROWS {
                say::line(format_args!("{:<16}{}", row.name, row.what));
            }
        }
        Wish::Run(options) => measure(&options)?,
    }
    Ok(())
}

fn measure(options: &Options) -> Result<()> {
    let programs = programs_of(&options.only);
    let place = Place::take(options.dir.as_deref(), options.keep, room_of(options))?;
    let there = programs::ensure(&programs, options.missing)?;
    let (program, name) = match &options.skikt {
        Some(program) => {
            let find = || format!("find {}", program.display());
            (fs::canonicalize(program).with_context(find)?, program.display().to_string())
        }
        None => (skikt::build()?, format!("skikt {}", skikt::commit())),
    };
    let versions: Vec<_> = programs.into_iter().filter(|it| there.contains(it.name)).collect();
    let machine = Machine::look(place.folder(), name, &versions)?;
    let bench = Bench {
        place,
        size: options.size,
        rounds: options.rounds,
        cores: machine.cores,
        program,
        there,
        system: OnceCell::new(),
    };
    let prints_tables = options.json != Json::Printed;
    if prints_tables {
        machine.lines().iter().for_each(say::line);
    }
    let mut all = Vec::new();
    for row in &options.only {
        say::error(&format!("\n== {}", row.name));
        let outcome = row.run(&bench).map_err(|error| format!("{error:#}"));
        let done = Done { row, outcome };
        if prints_tables {
            say::line(done.table());
        }
        all.push(done);
    }
    let figures = report::json(&machine, options.size, options.rounds, &all);
    match &options.json {
        Json::No => {}
        Json::Printed => say::line(&figures),
        Json::Into(file) => fs::write(file, format!("{figures}\n"))
            .with_context(|| format!("write {}", file.display()))?,
    }
    if prints_tables {
        say::line(report::sum_up(&all));
    }
    let failed = all.iter().filter(|done| done.failed()).count();
    ensure!(failed == 0, "{failed} rows did not run through: see what failed above");
    Ok(())
}

/// Every program that some rows take, once.
fn programs_of(rows: &[&Row]) -> Vec<&'static Program> {
    let mut programs: Vec<&'static Program> = Vec::new();
    for program in rows.iter().flat_map(|row| row.needs.iter().chain(row.peers)) {
        if programs.iter().all(|known| known.name != program.name) {
            programs.push(program);
        }
    }
    programs
}

/// The disk that rows share, and the most that any of them makes beside it.
fn room_of(options: &Options) -> Bytes {
    let rooms = options.only.iter().map(|row| (row.room)(options.size));
    let together: Bytes = if options.keep { rooms.sum() } else { rooms.max().unwrap_or_default() };
    options.size + together
}
