//! Why an image cannot be read as a disk, with its path.

use std::{
    io,
    path::{Path, PathBuf},
};

use shared::{ByteSizeError, DiskFormat};

use super::{
    fault::{Fault, Refusal},
    probe::ForeignFormat,
};

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
    /// It is an image of a format that nobody here reads.
    #[error("{} is a {format} image, which is not read", path.display())]
    Foreign {
        /// The path that was given.
        path: PathBuf,
        /// What it is.
        format: ForeignFormat,
    },
    /// It says something of itself that its format does not allow.
    #[error("{} is no sound {format} image: {what}", path.display(), what = fault)]
    Malformed {
        /// The path that was given.
        path: PathBuf,
        /// The format that it is said to have.
        format: DiskFormat,
        /// The field that is wrong.
        fault: Fault,
    },
    /// It is sound, but uses what is not read here.
    #[error("{} is a {format} image that {what}", path.display())]
    Unsupported {
        /// The path that was given.
        path: PathBuf,
        /// Its format.
        format: DiskFormat,
        /// What it does that nobody here understands.
        what: String,
    },
    /// The file that it builds on cannot be had, or is not the one that it was made on.
    #[error("{} builds on {parent}, {what}", path.display())]
    Parent {
        /// The path that was given.
        path: PathBuf,
        /// The file that it names.
        parent: String,
        /// What is wrong with it.
        what: String,
    },
    /// It names a file that it may not name.
    #[error("{} names {named}, which does not lie below an image root", path.display())]
    OutOfReach {
        /// The path that was given.
        path: PathBuf,
        /// The file that it names.
        named: String,
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
    #[error("{} ends before byte {end}, though it had {length} bytes when it was opened", path.display())]
    Truncated {
        /// The path that was given.
        path: PathBuf,
        /// Where the read was to end.
        end: u64,
        /// The length it had.
        length: u64,
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

impl SourceError {
    /// What was found in an image's bytes, with its path.
    pub(super) fn refused(path: &Path, format: DiskFormat, refusal: Refusal) -> Self {
        let path = path.to_owned();
        match refusal {
            Refusal::Fault(fault) => Self::Malformed { path, format, fault },
            Refusal::Unsupported(what) => Self::Unsupported { path, format, what },
        }
    }
}
