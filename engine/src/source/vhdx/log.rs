//! A VHDX's log: what a writer that died had meant to write.
//!
//! The log is a ring of entries, each of whole sectors of 4 KiB. Entries that follow each other
//! with rising sequence numbers are a sequence; the one with the highest counts, from the entry
//! that its last one calls the tail.

use std::{collections::BTreeMap, ops::Range};

use super::super::{
    fault::{Refusal, check, fault},
    fields::{array, le32, le64},
};
use super::header::Log;
use crate::image::vhdx::crc::Crc;

/// Length of a sector of the log, and of what a descriptor writes.
pub(super) const SECTOR: usize = 4096;

/// What is written over the file's bytes.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// Sectors of the file by their numbers.
    pub(super) sectors: BTreeMap<u64, Box<[u8; SECTOR]>>,
    /// Ranges that are zeros, but for those sectors; in order, and apart.
    pub(super) zeros: Vec<Range<u64>>,
    /// What the file's length is at least.
    pub(super) length: u64,
}

/// An entry whose checksum and structure are right.
struct Entry {
    /// Where it is in the ring, in sectors.
    at: usize,
    sectors: usize,
    tail: u32,
    sequence: u64,
    descriptors: usize,
    flushed: u64,
    last: u64,
}

/// What a log holds, for a file of some length.
pub(super) fn replay(log: Log, bytes: &[u8], file: u64) -> Result<Replay, Refusal> {
    let ring = Ring { bytes, id: log.id };
    let active = ring.active();
    let Some(head) = active.last() else {
        let what = "holds no whole sequence of entries, though the header names it";
        return Err(fault("log", what));
    };
    check(head.flushed <= file, "log", || {
        format!("was written for a file of {} bytes, and it has {file}", head.flushed)
    })?;
    let mut replay = Replay { length: head.last.max(file), ..Replay::default() };
    for entry in &active {
        ring.apply(entry, &mut replay)?;
    }
    replay.zeros.sort_by_key(|range| range.start);
    replay.zeros.dedup_by(|next, before| {
        let joins = next.start <= before.end;
        if joins {
            before.end = before.end.max(next.end);
        }
        joins
    });
    Ok(replay)
}

struct Ring<'a> {
    bytes: &'a [u8],
    id: [u8; 16],
}

impl Ring<'_> {
    fn sectors(&self) -> usize {
        self.bytes.len() / SECTOR
    }

    /// A sector, counted on past the ring's end.
    fn sector(&self, number: usize) -> &[u8] {
        let at = number % self.sectors() * SECTOR;
        &self.bytes[at..at + SECTOR]
    }

    /// The entry at a sector, if there is a whole one. What is looked at first is cheap and keeps
    /// entries from lying over each other, so that all their sums take one pass over the ring.
    fn entry(&self, at: usize) -> Option<Entry> {
        let header = self.sector(at);
        let sectors = le32(header, 8) as usize / SECTOR;
        let descriptors = le32(header, 24) as usize;
        let entry = Entry {
            at,
            sectors,
            tail: le32(header, 12),
            sequence: le64(header, 16),
            descriptors,
            flushed: le64(header, 48),
            last: le64(header, 56),
        };
        let sound = header.starts_with(b"loge")
            && array(header, 32) == self.id
            && le32(header, 8) as usize == sectors * SECTOR
            && (1..=self.sectors()).contains(&sectors)
            && entry.descriptor_sectors() <= sectors
            && entry.sequence > 0;
        if !sound {
            return None;
        }
        let mut data = entry.descriptor_sectors();
        for number in 0..descriptors {
            let descriptor = self.descriptor(&entry, number);
            if le64(descriptor, 24) != entry.sequence {
                return None;
            }
            if descriptor.starts_with(b"desc") {
                let sector = (data < sectors).then(|| self.sector(at + data))?;
                let sequence = u64::from(le32(sector, 4)) << 32 | u64::from(le32(sector, 4092));
                if !sector.starts_with(b"data") || sequence != entry.sequence {
                    return None;
                }
                data += 1;
            } else if !descriptor.starts_with(b"zero") {
                return None;
            }
        }
        if data != sectors {
            return None;
        }
        let mut crc = Crc::new();
        crc.add(&header[..4]);
        crc.add(&[0; 4]);
        crc.add(&header[8..]);
        (1..sectors).for_each(|number| crc.add(self.sector(at + number)));
        (crc.value() == le32(header, 4)).then_some(entry)
    }

    /// A descriptor of an entry. The first sector has its header before them.
    fn descriptor(&self, entry: &Entry, number: usize) -> &[u8] {
        let at = 64 + number * 32;
        &self.sector(entry.at + at / SECTOR)[at % SECTOR..][..32]
    }

    /// The sequence that counts, from its tail to its head.
    fn active(&self) -> Vec<Entry> {
        let mut active: Vec<Entry> = Vec::new();
        let mut start = 0;
        while start < self.sectors() {
            let mut sequence: Vec<Entry> = Vec::new();
            let mut next = start;
            while let Some(entry) = self.entry(next) {
                let before = sequence.last().map(|before| before.sequence + 1);
                let used = next - start + entry.sectors;
                if before.is_some_and(|follows| follows != entry.sequence) || used > self.sectors()
                {
                    break;
                }
                next += entry.sectors;
                sequence.push(entry);
            }
            // One that is empty begins at the next sector, if any does.
            start = next.max(start + 1);
            let newer = |head: &Entry| active.last().is_none_or(|it| it.sequence < head.sequence);
            let Some(head) = sequence.last().filter(|head| newer(head)) else { continue };
            let tail = sequence
                .iter()
                .position(|entry| entry.at % self.sectors() * SECTOR == head.tail as usize);
            if let Some(tail) = tail {
                active = sequence.split_off(tail);
            }
        }
        active
    }

    /// Does what an entry's descriptors say.
    fn apply(&self, entry: &Entry, replay: &mut Replay) -> Result<(), Refusal> {
        let mut data = entry.at + entry.descriptor_sectors();
        for number in 0..entry.descriptors {
            let descriptor = self.descriptor(entry, number);
            let offset = le64(descriptor, 16);
            let zeros = descriptor.starts_with(b"zero");
            let length = if zeros { le64(descriptor, 8) } else { SECTOR as u64 };
            let aligned = (offset | length).is_multiple_of(SECTOR as u64);
            let inside = offset.checked_add(length).is_some_and(|end| end <= replay.length);
            check(aligned && inside, "log", || {
                format!("writes {length} bytes at {offset} of a file of {}", replay.length)
            })?;
            let first = offset / SECTOR as u64;
            if zeros {
                let end = first + length / SECTOR as u64;
                let under: Vec<u64> = replay.sectors.range(first..end).map(|(&at, _)| at).collect();
                for at in under {
                    replay.sectors.remove(&at);
                }
                replay.zeros.push(offset..offset + length);
                continue;
            }
            let mut sector: Box<[u8; SECTOR]> = Box::new(array(self.sector(data), 0));
            sector[..8].copy_from_slice(&descriptor[8..16]);
            sector[SECTOR - 4..].copy_from_slice(&descriptor[4..8]);
            replay.sectors.insert(first, sector);
            data += 1;
        }
        Ok(())
    }
}

impl Entry {
    /// How many sectors its header and its descriptors take.
    fn descriptor_sectors(&self) -> usize {
        (64 + self.descriptors * 32).div_ceil(SECTOR)
    }
}
