//! A database's disk: a ring of log pages written in turn, a hot index, and a heap of rows most of
//! which are cold.
//!
//! What a page holds follows from its number and how often it was updated, so that a table of
//! these counts is all that has to be remembered, and can be read back from the pages' headers.

mod layout;
mod page;

use jiff::Timestamp;

use self::{
    layout::Layout,
    page::{Kind, PAGE, Page},
};
use super::{chance::Chance, image::Writes};

/// A database and what is known of each of its pages.
#[derive(Debug)]
pub(super) struct Database {
    layout: Layout,
    chance: Chance,
    /// Position in the log's endless stream of bytes.
    lsn: u64,
    /// The log page that is being filled.
    log: Vec<u8>,
    heap_pages: u64,
    /// How often each page was updated, by its number.
    updates: Vec<u32>,
}

impl Database {
    /// An empty one on a disk of so many bytes.
    pub(super) fn new(size: u64, seed: u64) -> Self {
        let layout = Layout::of(size / PAGE);
        let updates = vec![0; layout.pages as usize];
        let chance = Chance::new(seed);
        Self { layout, chance, lsn: 0, log: Vec::new(), heap_pages: 0, updates }
    }

    /// One that is on a disk, known again by its pages; `None`: there is none.
    pub(super) async fn read<E>(
        size: u64,
        seed: u64,
        read: impl AsyncFn(u64, u64) -> Result<Vec<u8>, E>,
    ) -> Result<Option<Self>, E> {
        let mut database = Self::new(size, seed);
        let Some((lsn, heap_pages)) = page::read_control(&read(0, PAGE).await?) else {
            return Ok(None);
        };
        // The log goes on with a fresh page, and chance where nobody has been.
        database.lsn = lsn.next_multiple_of(PAGE);
        database.heap_pages = heap_pages.min(database.room());
        database.chance = Chance::new(seed ^ lsn);
        for region in [database.index(), database.heap()] {
            let (start, length) = (region.start * PAGE, (region.end - region.start) * PAGE);
            let bytes = read(start, length).await?;
            for (number, page) in region.zip(bytes.chunks(PAGE as usize)) {
                database.updates[number as usize] = page::read_updates(page);
            }
        }
        Ok(Some(database))
    }

    /// How many pages the heap can take.
    pub(super) const fn room(&self) -> u64 {
        self.layout.heap.end - self.layout.heap.start - self.heap_pages
    }

    /// Adds pages full of new rows, and what the index and the log have of them.
    pub(super) fn load(&mut self, time: Timestamp, pages: u64, writes: &mut Writes) {
        for _ in 0..pages.min(self.room()) {
            let number = self.layout.heap.start + self.heap_pages;
            self.heap_pages += 1;
            self.update(Kind::Heap, number, time, writes);
            // One index page has the keys of eight heap pages.
            if self.heap_pages % 8 == 1 {
                let last = self.index().end - 1;
                self.update(Kind::Index, last, time, writes);
            }
        }
        self.checkpoint(time, writes);
    }

    /// Lets customers buy: each transaction touches a row, now and then a key, always the log.
    pub(super) fn work(&mut self, time: Timestamp, transactions: u64, writes: &mut Writes) {
        for _ in 0..transactions {
            // Recent orders change the most, at the heap's end; few customers come back to old ones.
            let number = self.heap().end - 1 - self.chance.skewed(self.heap_pages, 5);
            self.update(Kind::Heap, number, time, writes);
            if self.chance.below(2) == 0 {
                let index = self.index();
                let hot = self.chance.skewed(index.end - index.start, 3);
                // Hot keys lie all over the index.
                let number = index.start + hot * 641 % (index.end - index.start);
                self.update(Kind::Index, number, time, writes);
            }
            // New orders fill new pages, one for some thirty rows.
            if self.chance.below(64) == 0 && self.room() > 0 {
                let number = self.heap().end;
                self.heap_pages += 1;
                self.update(Kind::Heap, number, time, writes);
            }
        }
        self.checkpoint(time, writes);
    }

    /// Cleans up: runs over the heap in order and rewrites every so-manieth page.
    pub(super) fn vacuum(&mut self, time: Timestamp, writes: &mut Writes) {
        let mut number = self.heap().start;
        while number < self.heap().end {
            self.update(Kind::Heap, number, time, writes);
            number += self.chance.within(8..40);
        }
        self.checkpoint(time, writes);
    }

    /// The heap's pages in use.
    const fn heap(&self) -> std::ops::Range<u64> {
        self.layout.heap.start..self.layout.heap.start + self.heap_pages
    }

    /// The index's pages in use.
    fn index(&self) -> std::ops::Range<u64> {
        let used = self.heap_pages.div_ceil(8).max(1);
        self.layout.index.start..(self.layout.index.start + used).min(self.layout.index.end)
    }

    /// Changes something on a page, and logs it.
    fn update(&mut self, kind: Kind, number: u64, time: Timestamp, writes: &mut Writes) {
        let updates = &mut self.updates[number as usize];
        *updates += 1;
        let page = Page { kind, number, updates: *updates, lsn: self.lsn, time };
        let record = page.log_record();
        writes.put(number * PAGE, page.bytes());
        self.append(&record, time, writes);
    }

    /// Appends to the log; full pages go to the ring.
    fn append(&mut self, record: &[u8], time: Timestamp, writes: &mut Writes) {
        if self.log.len() + record.len() > page::LOG_ROOM {
            self.flush(time, writes);
            self.lsn = (self.lsn + 1).next_multiple_of(PAGE);
            self.log.clear();
        }
        self.log.extend_from_slice(record);
        self.lsn += record.len() as u64;
    }

    /// Writes the log page that is being filled, where the ring has its place.
    fn flush(&self, time: Timestamp, writes: &mut Writes) {
        let ring = &self.layout.ring;
        let turn = self.lsn / PAGE;
        let number = ring.start + turn % (ring.end - ring.start);
        writes.put(number * PAGE, page::log_page(number, self.lsn, time, &self.log));
    }

    /// Notes on the first page how far the log is.
    fn checkpoint(&self, time: Timestamp, writes: &mut Writes) {
        self.flush(time, writes);
        writes.put(0, page::control_page(self.lsn, time, self.heap_pages));
    }
}
