//! Where a disk's bytes come from.
//!
//! An image is a chain of files, each of some format; a format is a map that tells where the bytes
//! of a run of the disk are (`layout`), made from structures that are checked apart from all IO.

mod error;
mod fault;
mod fields;
mod host;
mod image;
mod layout;
mod memory;
mod named;
mod open;
mod pages;
mod probe;
mod qcow2;
mod raw;
mod reach;
mod vhd;
mod vhdx;
mod vmdk;

use std::{fmt, ops::Range};

use shared::ByteSize;

pub use error::SourceError;
pub use fault::Fault;
pub use host::Changing;
pub use image::ImageSource;
pub use memory::MemorySource;
pub use probe::ForeignFormat;
pub use reach::Reach;

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
