//! A page of the database: 8 KiB with a header (position in the log, checksum, kind, number,
//! updates, time), then rows as text, keys, or log records.

use jiff::Timestamp;

use crate::demo::{
    chance::{Chance, mix},
    words::{CITIES, FIRST, LAST, PRODUCTS, STATES},
};

/// Length of a page in bytes.
pub(super) const PAGE: u64 = 8192;

/// Length of a page's header.
const HEADER: usize = 48;

/// What fits into a log page.
pub(super) const LOG_ROOM: usize = PAGE as usize - HEADER;

/// Length of a row, and of a key with what it points to.
const ROW: usize = 240;
const KEY: usize = 32;

/// First bytes of every page.
const MAGIC: [u8; 4] = *b"SHOP";

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Control,
    Log,
    Index,
    Heap,
}

/// All that a page's bytes follow from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) kind: Kind,
    pub(super) number: u64,
    /// How often it was updated; each update changes one row or key.
    pub(super) updates: u32,
    /// The log's position at its last update.
    pub(super) lsn: u64,
    pub(super) time: Timestamp,
}

impl Page {
    /// The page as it is on the disk.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let length = self.item_length();
        let count = LOG_ROOM / length;
        let mut versions = vec![0; count];
        // Older updates are of rows that were updated again, or of ones long forgotten.
        let oldest = self.updates.saturating_sub(1024).max(1);
        for update in oldest..=self.updates {
            versions[self.item_of(update)] = update;
        }
        let mut body = Vec::with_capacity(PAGE as usize);
        for (item, &version) in versions.iter().enumerate() {
            self.write_item(item, version, &mut body);
            body.resize((item + 1) * length, b' ');
        }
        seal(self, &body)
    }

    /// What the log keeps of the last update: where it was, and the row or key before and after.
    pub(super) fn log_record(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(2 * ROW + 24);
        let item = self.item_of(self.updates);
        record.extend_from_slice(&self.lsn.to_le_bytes());
        record.extend_from_slice(&self.number.to_le_bytes());
        record.extend_from_slice(&(item as u64).to_le_bytes());
        self.write_item(item, self.updates - 1, &mut record);
        self.write_item(item, self.updates, &mut record);
        record
    }

    /// Which row or key an update changes.
    const fn item_of(&self, update: u32) -> usize {
        let count = LOG_ROOM / self.item_length();
        (mix(self.number << 24 ^ update as u64) % count as u64) as usize
    }

    const fn item_length(&self) -> usize {
        match self.kind {
            Kind::Heap => ROW,
            Kind::Index | Kind::Control | Kind::Log => KEY,
        }
    }

    fn write_item(&self, item: usize, version: u32, out: &mut Vec<u8>) {
        let id = self.number * 64 + item as u64;
        let mut fixed = Chance::new(mix(id));
        let mut fresh = Chance::new(mix(id ^ u64::from(version) << 40));
        match self.kind {
            Kind::Heap => {
                let (first, last) = (fixed.pick(&FIRST), fixed.pick(&LAST));
                let city = fixed.pick(&CITIES);
                let (product, state) = (fresh.pick(&PRODUCTS), fresh.pick(&STATES));
                let (count, cents) = (fresh.within(1..9), fresh.within(300..90_000));
                let (parcel, street) = (fresh.next(), fixed.within(1..200));
                let row = format!(
                    "{id:>10}|{first} {last}|{first}.{last}{street}@mail.example|{count} x \
                     {product}|{}.{:02} EUR|{state}|{street} Market Street, {city}|parcel \
                     {parcel:016x}|",
                    cents / 100,
                    cents % 100
                );
                out.extend_from_slice(&row.as_bytes()[..row.len().min(ROW)]);
            }
            Kind::Index | Kind::Control | Kind::Log => {
                out.extend_from_slice(&id.to_le_bytes());
                out.extend_from_slice(&(fixed.next() >> 24).to_le_bytes());
                out.extend_from_slice(&(fresh.next() >> 40).to_le_bytes());
                out.extend_from_slice(&u64::from(version).to_le_bytes());
            }
        }
    }
}

/// A log page with the records it has so far.
pub(super) fn log_page(number: u64, lsn: u64, time: Timestamp, records: &[u8]) -> Vec<u8> {
    seal(&Page { kind: Kind::Log, number, updates: 0, lsn, time }, records)
}

/// The first page: how far the log is, and how long the heap.
pub(super) fn control_page(lsn: u64, time: Timestamp, heap_pages: u64) -> Vec<u8> {
    let page = Page { kind: Kind::Control, number: 0, updates: 0, lsn, time };
    seal(&page, &heap_pages.to_le_bytes())
}

/// Position in the log and length of the heap, from the first page.
pub(super) fn read_control(bytes: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    if bytes.get(..4)? == MAGIC { Some((number(8)?, number(HEADER)?)) } else { None }
}

/// How often a page was updated.
pub(super) fn read_updates(bytes: &[u8]) -> u32 {
    match bytes {
        [b'S', b'H', b'O', b'P', _, _, _, _, rest @ ..] => {
            rest.get(24..28).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
        }
        _ => 0,
    }
}

/// Puts the header before a page's body, and the checksum into it.
fn seal(page: &Page, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PAGE as usize);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&page.lsn.to_le_bytes());
    bytes.extend_from_slice(&page.number.to_le_bytes());
    bytes.extend_from_slice(&(page.kind as u64).to_le_bytes());
    bytes.extend_from_slice(&page.updates.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&page.time.as_second().to_le_bytes());
    bytes.extend_from_slice(body);
    bytes.resize(PAGE as usize, 0);
    let checksum = bytes.chunks_exact(8).fold(0, |sum, eight| {
        mix(sum ^ eight.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)))
    });
    bytes[4..8].copy_from_slice(&(checksum as u32).to_le_bytes());
    bytes
}
