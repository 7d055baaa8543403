//! VHDX: fixed, dynamic, and differencing; what its log holds is replayed in memory.
//!
//! Source: Microsoft, MS-VHDX, "Virtual Hard Disk v2 (VHDX) File Format".

mod header;
mod log;
mod metadata;
mod replayed;

use std::{ops::Range, sync::Arc};

use shared::{ByteSize, DiskFormat};

use self::{
    header::{Header, Regions},
    log::Replay,
    metadata::{Metadata, Table},
    replayed::Replayed,
};
use super::{
    error::SourceError,
    fault::{Refusal, check, fault},
    fields::{BitOrder, bit_run, le64},
    host::HostFile,
    layout::{Identity, Layout, Place, Run, Storage},
    named::{Expected, Parent, from_windows},
    pages::{Page, Pages},
};
use crate::image::vhdx::names::{
    self, HEADER, HEADERS_AT, METADATA_TABLE, MIB, PRESENT, REGIONS, REGIONS_AT,
};

/// A VHDX.
#[derive(Debug)]
pub(super) struct Vhdx {
    storage: Replayed,
    data_write: [u8; 16],
    bat: Range<u64>,
    metadata: Metadata,
    pages: Pages,
}

/// Why reading a structure failed: for its bytes, or for its content.
enum Failure {
    Source(SourceError),
    Refusal(Refusal),
}

impl Vhdx {
    /// Opens a VHDX, and says what it builds on.
    pub(super) fn open(file: HostFile) -> Result<(Self, Option<Parent>), SourceError> {
        let path = file.path().to_owned();
        Self::read(file).map_err(|failure| match failure {
            Failure::Source(error) => error,
            Failure::Refusal(refusal) => SourceError::refused(&path, DiskFormat::Vhdx, refusal),
        })
    }

    fn read(file: HostFile) -> Result<(Self, Option<Parent>), Failure> {
        within(&file, 0, MIB, "header section")?;
        let (mut first, mut second) = ([0; HEADER], [0; HEADER]);
        file.read_at(HEADERS_AT[0], &mut first)?;
        file.read_at(HEADERS_AT[1], &mut second)?;
        let header = header::current(&first, &second)?;
        let storage = replayed(file, header)?;

        let first = bytes(&storage, REGIONS_AT[0], REGIONS)?;
        let second = bytes(&storage, REGIONS_AT[1], REGIONS)?;
        let Regions { bat, metadata: region } = Regions::of(&first, &second)?;
        let length = region.end - region.start;
        within(&storage, region.start, length, "metadata region")?;
        let table = Table::parse(&bytes(&storage, region.start, METADATA_TABLE)?, length)?;
        let item = |place: &Range<u64>| -> Result<Vec<u8>, Failure> {
            bytes(&storage, region.start + place.start, (place.end - place.start) as usize)
        };
        let metadata = table.metadata(item)?;
        let entries = entry_count(&metadata);
        check(entries * 8 <= bat.end - bat.start, "block allocation table region", || {
            format!("has {} bytes, and the disk {entries} entries", bat.end - bat.start)
        })?;
        within(&storage, bat.start, entries * 8, "block allocation table region")?;
        let parent = metadata.has_parent.then(|| table.parent(item)).transpose()?;
        let parent = parent.map(|locator| Parent {
            names: locator.paths.iter().map(|path| from_windows(path)).collect(),
            format: DiskFormat::Vhdx,
            expected: Expected::Vhdx { data_writes: locator.data_writes },
        });
        let (data_write, pages) = (header.data_write, Pages::default());
        Ok((Self { storage, data_write, bat, metadata, pages }, parent))
    }

    /// An entry of the block allocation table, and those that follow it in its page.
    fn entries(&self, index: u64) -> Result<(Arc<Page>, usize), SourceError> {
        self.pages.at(&self.storage, self.bat.start + 8 * index)
    }

    /// Where the bits are that tell which sectors of a block are there.
    fn bitmap(&self, chunk: u64) -> Result<u64, SourceError> {
        let ratio = chunk_ratio(&self.metadata);
        let (page, at) = self.entries(chunk * (ratio + 1) + ratio)?;
        let entry = le64(page.as_slice(), at);
        let sound = entry & 7 == PRESENT;
        let name = format!("sector bitmap entry {chunk}");
        let state = || format!("has the state {}, though a block needs it", entry & 7);
        check(sound, &name, state).map_err(|refusal| self.refused(refusal))?;
        self.placed(entry, MIB, &name)
    }

    /// The place that an entry gives, with room for some bytes.
    fn placed(&self, entry: u64, length: u64, name: &str) -> Result<u64, SourceError> {
        let offset = (entry >> 20) * MIB;
        let inside = offset >= MIB && offset + length <= self.storage.length();
        check(inside, name, || {
            let there = self.storage.length();
            format!("leads to {length} bytes at {offset}, and the file has {there}")
        })
        .map_err(|refusal| self.refused(refusal))?;
        Ok(offset)
    }

    fn refused(&self, refusal: Refusal) -> SourceError {
        SourceError::refused(self.storage.file.path(), DiskFormat::Vhdx, refusal)
    }
}

impl Layout for Vhdx {
    fn size(&self) -> ByteSize {
        self.metadata.size
    }

    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        let Metadata { size, block, sector, has_parent } = self.metadata;
        let number = range.start / block;
        let ratio = chunk_ratio(&self.metadata);
        let (chunk, slot) = (number / ratio, number % ratio);
        let (page, at) = self.entries(number + chunk)?;
        let entry = le64(page.as_slice(), at);
        let on_disk = number * block..((number + 1) * block).min(size.bytes());
        let end = on_disk.end.min(range.end);
        let stored = || {
            let length = on_disk.end - on_disk.start;
            let start = self.placed(entry, length, &entry_name(number))?;
            Ok(Place::Stored(&self.storage, start + (range.start - on_disk.start)))
        };
        // Blocks in one state are one run, as far as their entries follow each other: to the end of
        // the page or of the bitmap's chunk.
        let states = page[at..].chunks_exact(8).map(|entry| le64(entry, 0) & 7);
        let states = states.take((ratio - slot) as usize);
        let alike = states.take_while(|&state| state == entry & 7).count() as u64;
        let far = ((number + alike) * block).min(range.end);
        match entry & 7 {
            // Never written: what is below has it.
            0 => Ok(Run { end: far, place: Place::Below }),
            // Undefined, zero, unmapped: nothing that anybody may count on, least of all the
            // parent's bytes.
            1..=3 => Ok(Run { end: far, place: Place::Zeros }),
            PRESENT => Ok(Run { end, place: stored()? }),
            7 if has_parent => {
                let within = range.start - chunk * ratio * block;
                let bit = within / sector;
                let (page, at) = self.pages.at(&self.storage, self.bitmap(chunk)? + bit / 8)?;
                let first = (bit % 8) as usize;
                let wanted = first + ((end - range.start).div_ceil(sector) + 1) as usize;
                let (here, run) = bit_run(&page[at..], BitOrder::Lsb, first, wanted);
                let run_end = range.start - within % sector + run as u64 * sector;
                let place = if here { stored()? } else { Place::Below };
                Ok(Run { end: run_end.min(end), place })
            }
            state => {
                let what = format!("has the state {state}, which such a disk has not");
                Err(self.refused(fault(entry_name(number), what)))
            }
        }
    }

    fn files(&self) -> Vec<&HostFile> {
        vec![&self.storage.file]
    }

    fn identity(&self) -> Identity {
        Identity::Vhdx { data_write: self.data_write }
    }
}

/// How many blocks share one block of sector bitmaps.
const fn chunk_ratio(metadata: &Metadata) -> u64 {
    names::chunk_ratio(metadata.sector, metadata.block)
}

/// How many entries the block allocation table has: one a block, and one after the blocks of each
/// block of sector bitmaps.
fn entry_count(metadata: &Metadata) -> u64 {
    let ratio = chunk_ratio(metadata);
    let blocks = metadata.size.bytes().div_ceil(metadata.block);
    if metadata.has_parent {
        blocks.div_ceil(ratio) * (ratio + 1)
    } else {
        names::entry_count(blocks, ratio)
    }
}

fn entry_name(block: u64) -> String {
    format!("block allocation table entry of block {block}")
}

/// The file with its log replayed.
fn replayed(file: HostFile, header: Header) -> Result<Replayed, Failure> {
    let replay = match header.log {
        None => None,
        Some(log) => {
            within(&file, log.offset, log.length as u64, "log offset")?;
            let mut ring = vec![0; log.length];
            file.read_at(log.offset, &mut ring)?;
            let replay: Replay = log::replay(log, &ring, file.length())?;
            Some(replay)
        }
    };
    Ok(Replayed { file, replay })
}

fn bytes(storage: &dyn Storage, offset: u64, length: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = vec![0; length];
    storage.read_at(offset, &mut bytes)?;
    Ok(bytes)
}

/// A wrong field unless a range lies in the file.
fn within(storage: &dyn Storage, offset: u64, length: u64, field: &str) -> Result<(), Refusal> {
    let inside = offset.checked_add(length).is_some_and(|end| end <= storage.length());
    check(inside, field, || {
        format!("is {length} bytes at {offset}, and the file has {}", storage.length())
    })
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}
