//! A busy database's disk: SQLite's own pages in one part of it, a log that grows in the other.

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{
    bytes::Bytes,
    chance::Chance,
    disks::Disk,
    files::{self, BLOCK},
    programs,
};
use crate::sh;

/// Where the database begins: behind what a partition table takes.
const START: u64 = 1 << 20;

/// Bytes that a row takes, with its share of the index.
const ROW: u64 = 115;

/// A table and an index, whose changes end on a disk.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) disk: Disk,
    file: PathBuf,
    log: PathBuf,
    rows: u64,
}

impl Database {
    /// Makes one that fills half of a disk.
    pub(super) fn create(folder: &Path, size: Bytes) -> Result<Self> {
        let path = |name: &str| folder.join(name);
        let disk = Disk { path: path("database.img"), size, used: Bytes::default() };
        files::make_hole(&disk.path, size)?;
        File::create(path("log")).context("make the log")?;
        let rows = size.0 / 2 / ROW;
        let mut database = Self { disk, file: path("shop.db"), log: path("log"), rows };
        database.run(&format!(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, state TEXT, note TEXT);
             CREATE INDEX by_customer ON orders (customer);
             {}",
            insert(1, rows, rows)
        ))?;
        let nowhere = folder.join("first");
        database.write(&nowhere)?;
        database.disk = Disk::look_at(database.disk.path)?;
        Ok(database)
    }

    /// An hour's work: one order in 500 goes on, half as many are new, and all of it is logged.
    /// The new content of every block that changed goes into `changed`.
    pub(super) fn work(&mut self, hour: u64, changed: &Path) -> Result<()> {
        let some = (self.rows / 500).max(2);
        // The middle of the product: its low bits repeat too soon.
        let pick = format!("1 + (i * 2654435761 + {hour} * 40503) / 64 % {}", self.rows);
        self.run(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {some})
             UPDATE orders SET state = 'sent', note = {} WHERE id IN (SELECT {pick} FROM n);
             {}",
            note("id", hour),
            insert(self.rows + 1, self.rows + some / 2, self.rows)
        ))?;
        self.rows += some / 2;
        self.log(hour, some)?;
        self.write(changed)
    }

    fn run(&self, sql: &str) -> Result<()> {
        let mut sqlite = programs::SQLITE.command()?;
        // What is in the file counts, not how it came there.
        let quickly = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";
        sqlite.arg("-batch").arg(&self.file).arg(format!("{quickly} BEGIN; {sql} COMMIT;"));
        sh::quietly(&mut sqlite)
    }

    fn log(&self, hour: u64, lines: u64) -> Result<()> {
        let mut chance = Chance::new(hour);
        let file = OpenOptions::new().append(true).open(&self.log).context("open the log")?;
        let mut log = BufWriter::new(file);
        for line in 0..lines {
            let (minute, second) = (line * 60 / lines, chance.below(60));
            let (customer, took) = (chance.below(self.rows / 10 + 1), chance.below(90_000));
            writeln!(
                log,
                "hour {hour} {minute:02}:{second:02} shop[811]: customer {customer} order sent in {took} us"
            )
            .context("write the log")?;
        }
        log.flush().context("write the log")
    }

    /// Brings what changed to the disk.
    fn write(&self, changed: &Path) -> Result<()> {
        let make = File::create(changed).with_context(|| format!("make {}", changed.display()));
        let mut changed = BufWriter::new(make?);
        let disk = files::open(&self.disk.path)?;
        files::carry_over(&self.file, &disk, START, &mut changed)?;
        let log = (self.disk.size.0 / 8 * 7).next_multiple_of(BLOCK);
        files::carry_over(&self.log, &disk, log, &mut changed)?;
        changed.flush().context("keep what changed")?;
        disk.sync_all().context("sync the disk")
    }
}

/// New orders, of customers all over the index.
fn insert(first: u64, last: u64, customers: u64) -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         INSERT INTO orders SELECT i, i * 2654435761 / 64 % {}, 'new', {} FROM n;",
        customers / 10 + 1,
        note("i", 0)
    )
}

/// What is noted about an order: words that all share, and numbers that nobody does.
fn note(id: &str, hour: u64) -> String {
    format!(
        "printf('order %d of hour {hour}, paid by card, parcel %08x%08x, to be left at the door', \
         {id}, ({id} * 2654435761 + {hour}) % 4294967296, ({id} * 40503 + {hour}) * 97 % 4294967296)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sh;

    #[test]
    fn an_hours_work_changes_some_pages_and_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::create(folder.path(), Bytes::mib(8)).unwrap();
        let filled = database.disk.used;
        assert!((Bytes::mib(3)..Bytes::mib(5)).contains(&filled), "{filled}");
        let changed = folder.path().join("changed");
        database.work(1, &changed).unwrap();
        let length = std::fs::metadata(&changed).unwrap().len();
        assert_eq!(length % BLOCK, 0);
        assert!((10 * BLOCK..filled.0 / 4).contains(&length), "{length}");
        // The disk holds the database, byte for byte.
        let copy = folder.path().join("copy.db");
        let bytes = std::fs::read(&database.disk.path).unwrap();
        let pages = std::fs::metadata(&database.file).unwrap().len();
        std::fs::write(&copy, &bytes[START as usize..(START + pages) as usize]).unwrap();
        let mut check = programs::SQLITE.command().unwrap();
        check.arg(&copy).arg("PRAGMA integrity_check; SELECT count(*) FROM orders;");
        assert_eq!(sh::output(&mut check).unwrap(), format!("ok\n{}", database.rows));
    }
}
