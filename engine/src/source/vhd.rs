//! VHD: fixed, dynamic, and differencing.
//!
//! Source: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0. Of a disk whose
//! geometry is smaller than its size, as Virtual PC made them, all of the size is read.

mod footer;
mod header;

use std::ops::Range;

use shared::{ByteSize, DiskFormat};

use self::{
    footer::{Footer, Kind, choose},
    header::Header,
};
use super::{
    error::SourceError,
    fault::{Refusal, check},
    fields::{BitOrder, be32, bit_run, utf16},
    host::HostFile,
    layout::{Identity, Layout, Place, Run, Storage as _},
    named::{Expected, Parent, from_windows},
    pages::Pages,
};
use crate::image::vhd::{ABSENT, FOOTER, HEADER, SECTOR};

/// A VHD.
#[derive(Debug)]
pub(super) struct Vhd {
    file: HostFile,
    footer: Footer,
    /// `None`: the disk is fixed.
    blocks: Option<Blocks>,
}

/// Where a dynamic disk's blocks are told.
#[derive(Debug)]
struct Blocks {
    table: u64,
    /// Bytes of the disk in a block.
    block: u64,
    /// Bytes of the bitmap before each block.
    bitmap: u64,
    pages: Pages,
}

impl Vhd {
    /// Opens a VHD, and says what it builds on.
    pub(super) fn open(file: HostFile) -> Result<(Self, Option<Parent>), SourceError> {
        let footer = read_footer(&file)?;
        let refused = |refusal| refused(&file, refusal);
        let Some(at) = footer.kind.header() else {
            let least = footer.size.bytes() + FOOTER as u64 - 1;
            check(file.length() >= least, "current size", || {
                format!("is {}, and the file has {} bytes", footer.size, file.length())
            })
            .map_err(refused)?;
            return Ok((Self { file, footer, blocks: None }, None));
        };
        let mut bytes = [0; HEADER];
        within(&file, at, HEADER as u64, "data offset").map_err(refused)?;
        file.read_at(at, &mut bytes)?;
        let header = Header::parse(&bytes).map_err(refused)?;
        let needed = footer.size.bytes().div_ceil(header.block);
        check(needed <= u64::from(header.entries), "max table entries", || {
            format!("is {}, and the disk has {needed} blocks", header.entries)
        })
        .map_err(refused)?;
        let aligned = header.table.is_multiple_of(SECTOR);
        check(aligned, "table offset", || format!("is {}, in no sector's start", header.table))
            .map_err(refused)?;
        within(&file, header.table, 4 * needed, "table offset").map_err(refused)?;
        let parent = match footer.kind {
            Kind::Differencing { .. } => Some(read_parent(&file, &header)?),
            Kind::Fixed | Kind::Dynamic { .. } => None,
        };
        let bitmap = (header.block / SECTOR / 8).next_multiple_of(SECTOR);
        let pages = Pages::default();
        let blocks = Blocks { table: header.table, block: header.block, bitmap, pages };
        Ok((Self { file, footer, blocks: Some(blocks) }, parent))
    }

    /// A run of a dynamic disk.
    fn block_run(&self, blocks: &Blocks, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        let Blocks { table, block, bitmap, pages } = blocks;
        let number = range.start / block;
        let (page, at) = pages.at(&self.file, table + 4 * number)?;
        let entries = page[at..].chunks_exact(4).map(|entry| be32(entry, 0));
        let entry = be32(page.as_slice(), at);
        if entry == ABSENT {
            let absent = entries.take_while(|&entry| entry == ABSENT).count() as u64;
            let end = ((number + absent) * block).min(range.end);
            return Ok(Run { end, place: Place::Below });
        }
        let start = u64::from(entry) * SECTOR;
        let on_disk = number * block..((number + 1) * block).min(self.footer.size.bytes());
        let length = on_disk.end - on_disk.start;
        let name = format!("block allocation table entry {number}");
        within(&self.file, start, bitmap + length, &name)
            .map_err(|refusal| refused(&self.file, refusal))?;
        let sector = (range.start - on_disk.start) / SECTOR;
        let (page, at) = pages.at(&self.file, start + sector / 8)?;
        let first_bit = (sector % 8) as usize;
        let last_of_run = (range.end.min(on_disk.end) - on_disk.start).div_ceil(SECTOR);
        let wanted = first_bit + (last_of_run - sector) as usize;
        let (stored, run) = bit_run(&page[at..], BitOrder::Msb, first_bit, wanted);
        let end = on_disk.start + (sector + run as u64) * SECTOR;
        let offset = start + bitmap + (range.start - on_disk.start);
        let place = if stored { Place::Stored(&self.file, offset) } else { Place::Below };
        Ok(Run { end: end.min(range.end), place })
    }
}

impl Layout for Vhd {
    fn size(&self) -> ByteSize {
        self.footer.size
    }

    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        match &self.blocks {
            None => Ok(Run { end: range.end, place: Place::Stored(&self.file, range.start) }),
            Some(blocks) => self.block_run(blocks, range),
        }
    }

    fn files(&self) -> Vec<&HostFile> {
        vec![&self.file]
    }

    fn identity(&self) -> Identity {
        Identity::Vhd { id: self.footer.unique_id, created: self.footer.created }
    }
}

/// The footer: the last 512 bytes, or the last 511 as the first writers had it. All kinds but the
/// fixed one have a copy at the start.
fn read_footer(file: &HostFile) -> Result<Footer, SourceError> {
    let length = file.length();
    let refused = |refusal| refused(file, refusal);
    check(length >= FOOTER as u64, "footer", || "is not there".to_owned()).map_err(refused)?;
    let (mut end, mut copy) = ([0; FOOTER], [0; FOOTER]);
    file.read_at(length - FOOTER as u64, &mut end)?;
    if end[1..].starts_with(b"conectix") {
        end.rotate_left(1);
        end[FOOTER - 1] = 0;
    }
    file.read_at(0, &mut copy)?;
    let copy = copy.starts_with(b"conectix").then(|| Footer::parse(&copy));
    choose(Footer::parse(&end), copy).map_err(refused)
}

/// The parent that a header names.
fn read_parent(file: &HostFile, header: &Header) -> Result<Parent, SourceError> {
    let mut names = Vec::new();
    for locator in &header.locators {
        within(file, locator.offset, locator.length as u64, "parent locator")
            .map_err(|refusal| refused(file, refusal))?;
        let mut path = vec![0; locator.length];
        file.read_at(locator.offset, &mut path)?;
        names.push(utf16(&path));
    }
    names.push(header.parent_name.clone());
    names.retain(|name| !name.is_empty());
    check(!names.is_empty(), "parent locators", || "name no file".to_owned())
        .map_err(|refusal| refused(file, refusal))?;
    let mut names: Vec<_> = names.iter().map(|name| from_windows(name)).collect();
    names.dedup();
    let expected = Expected::Vhd { id: header.parent_id, changed: header.parent_changed };
    Ok(Parent { names, format: DiskFormat::Vhd, expected })
}

/// A wrong field unless a range lies in the file.
fn within(file: &HostFile, offset: u64, length: u64, field: &str) -> Result<(), Refusal> {
    let inside = offset.checked_add(length).is_some_and(|end| end <= file.length());
    check(inside, field, || {
        format!("leads to {length} bytes at {offset}, and the file has {}", file.length())
    })
}

fn refused(file: &HostFile, refusal: Refusal) -> SourceError {
    SourceError::refused(file.path(), DiskFormat::Vhd, refusal)
}
