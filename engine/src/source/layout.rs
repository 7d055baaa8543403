//! A format is a map: where the bytes of a run of the disk are. A chain of maps is a disk.

use std::{fmt, ops::Range};

use shared::ByteSize;

use super::{error::SourceError, host::HostFile};

/// Bytes of which some may be known to be zeros: a file, or one with its log replayed.
pub(super) trait Storage: Send + Sync {
    /// How many bytes there are.
    fn length(&self) -> u64;

    /// The first run in a range that may not be zeros; `None`: all of it is.
    fn next_data(&self, range: Range<u64>) -> Result<Option<Range<u64>>, SourceError>;

    /// Fills `bytes` with those at `offset`; an error if they are not all there.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError>;
}

/// What one file of a chain knows of the disk.
pub(super) trait Layout: fmt::Debug + Send + Sync {
    /// The disk's size; past it there is nothing.
    fn size(&self) -> ByteSize;

    /// What is at a place on the disk, and how far that goes: to `range.end` at most, and at least
    /// one byte.
    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError>;

    /// The files that it reads.
    fn files(&self) -> Vec<&HostFile>;

    /// What tells this file from others, for those that build on it.
    fn identity(&self) -> Identity;
}

/// A run of the disk of which one thing can be said.
pub(super) struct Run<'a> {
    /// Where it ends.
    pub(super) end: u64,
    /// Where its bytes are.
    pub(super) place: Place<'a>,
}

/// Where the bytes of a run are.
pub(super) enum Place<'a> {
    /// One after the other, from an offset on.
    Stored(&'a dyn Storage, u64),
    /// Packed in some way that only the format can undo.
    Packed(&'a dyn Packed),
    /// Nowhere: they are zeros.
    Zeros,
    /// Not here: the file below has them, and where there is none they are zeros.
    Below,
}

/// A layout some of whose bytes are compressed.
pub(super) trait Packed {
    /// Fills `bytes` with those at an offset on the disk, which lie in one packed run.
    fn unpack(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError>;
}

/// What a file says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing that another could hold it to.
    None,
    /// A VHD's unique id, and its time stamp in seconds since 1970.
    Vhd { id: [u8; 16], created: i64 },
    /// A VHDX's data write GUID, which changes with its data.
    Vhdx { data_write: [u8; 16] },
}

/// The files of an image, each over the next.
pub(super) type Chain = [Box<dyn Layout>];

/// The first run of a range of the disk that may not be zeros.
pub(super) fn next_data(
    chain: &Chain,
    range: Range<u64>,
) -> Result<Option<Range<u64>>, SourceError> {
    let Some((top, below)) = chain.split_first() else { return Ok(None) };
    let end = range.end.min(top.size().bytes());
    let mut at = range.start;
    while at < end {
        let run = top.run(at..end)?;
        let found = match run.place {
            Place::Stored(storage, offset) => {
                let data = storage.next_data(offset..offset + (run.end - at))?;
                data.map(|data| at + (data.start - offset)..at + (data.end - offset))
            }
            Place::Packed(_) => Some(at..run.end),
            Place::Zeros => None,
            Place::Below => next_data(below, at..run.end)?,
        };
        if found.is_some() {
            return Ok(found);
        }
        at = run.end;
    }
    Ok(None)
}

/// Fills `bytes` with those at an offset of the disk; past the chain's end there are zeros.
pub(super) fn read(chain: &Chain, offset: u64, mut bytes: &mut [u8]) -> Result<(), SourceError> {
    let Some((top, below)) = chain.split_first() else {
        bytes.fill(0);
        return Ok(());
    };
    let (mut at, size) = (offset, top.size().bytes());
    while !bytes.is_empty() {
        let end = (at + bytes.len() as u64).min(size);
        if at >= end {
            bytes.fill(0);
            break;
        }
        let run = top.run(at..end)?;
        let (piece, rest) = bytes.split_at_mut((run.end - at) as usize);
        match run.place {
            Place::Stored(storage, offset) => storage.read_at(offset, piece)?,
            Place::Packed(packed) => packed.unpack(at, piece)?,
            Place::Zeros => piece.fill(0),
            Place::Below => read(below, at, piece)?,
        }
        (at, bytes) = (run.end, rest);
    }
    Ok(())
}
