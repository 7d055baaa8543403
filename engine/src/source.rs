//! Where a disk's bytes come from.

mod file;
mod memory;
mod probe;

use std::{fmt, io, ops::Range, path::PathBuf};

use shared::{ByteSize, ByteSizeError};

pub use file::{Changing, FileSource};
pub use memory::MemorySource;
pub use probe::ForeignFormat;

/// A disk that can be read: its size, where it may hold data, and its bytes.
///
/// It must stand still from the moment it was opened; [`BlockSource::check_unchanged`] says
/// whether it did, as far as can be seen.
pub trait BlockSource: fmt::Debug + Send + Sync {
    /// The disk's size.
    fn size(&self) -> ByteSize;

    /// The first run of bytes at or after `from` that may not be zeros; `None`: only zeros follow.
    fn next_data(&self, from: u64) -> Result<Option<Range<u64>>, SourceError>;

    /// Fills `bytes` with the disk's bytes at `offset`; all of them lie on the disk.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError>;

    /// An error if the disk changed since it was opened.
    fn check_unchanged(&self) -> Result<(), SourceError>;
}

/// Why an image cannot be read as a disk.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing is there.
    #[error("there is no image at {}", path.display())]
    NotFound {
        /// The path that was given.
        path: PathBuf,
    },
    /// Something is there, but it is no disk.
    #[error("{} is {what}, not an image file or a block device", path.display())]
    NotADisk {
        /// The path that was given.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Its size is not one a disk can have.
    #[error("{} cannot be a disk: {source}", path.display())]
    Size {
        /// The path that was given.
        path: PathBuf,
        /// What is wrong with the size.
        source: ByteSizeError,
    },
    /// It is an image, but not a raw one.
    #[error("{} is a {format} image, not a raw one", path.display())]
    Format {
        /// The path that was given.
        path: PathBuf,
        /// What it is.
        format: ForeignFormat,
    },
    /// The path leads to another place than when the disk was attached.
    #[error("{} leads to {} now, which was not attached: to read it, detach the disk and attach that", path.display(), to.display())]
    Elsewhere {
        /// The path that was attached.
        path: PathBuf,
        /// Where it leads.
        to: PathBuf,
    },
    /// It changed while it was read, or somebody has it open to write.
    #[error("{} changed while it was read: {what}", path.display())]
    Changed {
        /// The path that was given.
        path: PathBuf,
        /// What was seen to change.
        what: String,
    },
    /// It ended before its size said.
    #[error("{} ends before byte {end}, though it had {size} when it was opened", path.display())]
    Truncated {
        /// The path that was given.
        path: PathBuf,
        /// Where the read was to end.
        end: u64,
        /// The size it had.
        size: ByteSize,
    },
    /// The system would not read it.
    #[error("cannot {action} {} at byte {offset}: {source}", path.display())]
    Unreadable {
        /// What was tried.
        action: &'static str,
        /// The path that was given.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
}
