//! A disk of web server logs: a front that wanders over it, a day's file after the other, and
//! nothing again where files were deleted.
//!
//! Its own simple format: 64 KiB with the table of files, then files, each in one piece.

use std::{collections::VecDeque, fmt::Write as _};

use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    chance::Chance,
    clock::{civil, pace},
    image::Writes,
    words::{BROWSERS, CITIES, PAGES},
};

/// Unit of writing.
const BLOCK: u64 = 4096;

/// Where the first file begins.
const START: u64 = 64 << 10;

/// How many days' files are kept.
const KEPT_DAYS: usize = 10;

/// A disk of logs.
#[derive(Debug)]
pub(super) struct Logs {
    size: u64,
    chance: Chance,
    /// Bytes a busy hour writes.
    busy_hour: u64,
    /// Up to when it is written.
    time: Timestamp,
    files: VecDeque<File>,
    /// The last file's end that does not fill a block yet.
    tail: Vec<u8>,
}

/// One day's file.
#[derive(Debug)]
struct File {
    day: Date,
    start: u64,
    length: u64,
}

impl File {
    /// Where the next file can begin.
    const fn end(&self) -> u64 {
        (self.start + self.length).next_multiple_of(BLOCK)
    }
}

impl Logs {
    /// An empty disk at a time.
    pub(super) fn new(size: u64, busy_hour: u64, time: Timestamp, seed: u64) -> Self {
        let (files, tail) = (VecDeque::new(), Vec::new());
        Self { size, chance: Chance::new(seed), busy_hour, time, files, tail }
    }

    /// Tells it that its disk is larger.
    pub(super) const fn grow(&mut self, size: u64) {
        self.size = size;
    }

    /// Writes all that is logged up to a time, and deletes the files that are too old.
    pub(super) fn until(&mut self, time: Timestamp, writes: &mut Writes) {
        while self.time < time {
            let next = (self.time + SignedDuration::from_hours(1)).min(time);
            let hours = (next.as_second() - self.time.as_second()) as f64 / 3600.0;
            let bytes = (self.busy_hour as f64 * pace(self.time) * hours) as u64;
            self.append(bytes, next, writes);
            self.time = next;
        }
        writes.put(0, self.table());
    }

    /// Appends lines of so many bytes or a few more to the day's file.
    fn append(&mut self, bytes: u64, to: Timestamp, writes: &mut Writes) {
        let from = self.time;
        let day = civil(from).date();
        let mut text = std::mem::take(&mut self.tail);
        let carried = text.len() as u64;
        let room = bytes + carried + BLOCK;
        if self.files.back().is_none_or(|file| file.day != day || file.end() + room > self.size) {
            // What was carried is on the disk already, at the end of the file before.
            text.clear();
            self.begin(day, room, writes);
        }
        let carried = text.len() as u64;
        let Some(file) = self.files.back_mut() else { return };
        let offset = file.start + file.length - carried;
        let span = (to.as_second() - from.as_second()) as u64;
        while (text.len() as u64) < carried + bytes {
            let second = span * (text.len() as u64 - carried) / bytes;
            line(from + SignedDuration::from_secs(second as i64), &mut self.chance, &mut text);
        }
        file.length += text.len() as u64 - carried;
        self.tail = text[text.len() / BLOCK as usize * BLOCK as usize..].to_vec();
        text.resize(text.len().next_multiple_of(BLOCK as usize), 0);
        writes.put(offset, text);
    }

    /// Begins a day's file behind the last one, or at the start again, and deletes old files.
    fn begin(&mut self, day: Date, room: u64, writes: &mut Writes) {
        let end = self.files.back().map_or(START, File::end);
        let start = if end + room > self.size { START } else { end };
        self.files.push_back(File { day, start, length: 0 });
        while self.files.len() > KEPT_DAYS + 1 {
            if let Some(old) = self.files.pop_front() {
                writes.clear(old.start..old.end());
            }
        }
    }

    /// The table of files, as the disk's first block has it.
    fn table(&self) -> Vec<u8> {
        let mut table = format!("LOGDISK1 {} bytes\n", self.size);
        for File { day, start, length } in &self.files {
            let _ = writeln!(table, "access-{day}.log {start} {length}");
        }
        let mut bytes = table.into_bytes();
        bytes.resize(BLOCK as usize, 0);
        bytes
    }
}

/// So many bytes of lines, all of one moment.
pub(super) fn text(time: Timestamp, bytes: u64, chance: &mut Chance) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes as usize + 512);
    while (text.len() as u64) < bytes {
        line(time, chance, &mut text);
    }
    text
}

/// One request, as web servers log it.
fn line(time: Timestamp, chance: &mut Chance, out: &mut Vec<u8>) {
    use std::io::Write as _;
    let at = civil(time);
    let customer = chance.skewed(60_000, 3);
    let network = customer / 250;
    let (page, browser) = (chance.pick(&PAGES), BROWSERS[(customer % 5) as usize]);
    let status = match chance.below(200) {
        0 => 500,
        1..=5 => 404,
        6..=25 => 302,
        _ => 200,
    };
    let product = chance.skewed(9000, 2);
    let city = CITIES[(customer % CITIES.len() as u64) as usize];
    let written = writeln!(
        out,
        "10.{}.{}.{} - - [{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z] \"GET {page} HTTP/1.1\" {status} {} \
         \"https://shop.example/products/{product}\" \"{browser}\" {city} {:.3}",
        network / 250,
        network % 250,
        customer % 250 + 1,
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        chance.within(180..48_000),
        chance.skewed(900, 4) as f64 / 1000.0,
    );
    // A vector takes all that is written to it.
    debug_assert!(written.is_ok());
}
