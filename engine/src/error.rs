//! Why an operation failed: typed by what a caller can do about it, each with a stable code.

use std::{io, path::PathBuf, sync::Arc};

use shared::{ByteSize, Code, ExportFormat, Name, ParseNameError, Problem, Sku};

use crate::{catalog::CatalogError, source::SourceError, store::StoreError};

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The catalog did not do what it was asked.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Stored bytes of a snapshot are lost or changed.
    #[error(
        "block {block} of snapshot {snapshot}, at byte {offset_bytes}, cannot be read back: {source}"
    )]
    Damaged {
        /// The snapshot.
        snapshot: Name,
        /// The first block that cannot be read.
        block: u64,
        /// Where it is on the disk.
        offset_bytes: u64,
        /// What is wrong.
        source: Arc<StoreError>,
    },
    /// A snapshot cannot be read now; its bytes may be whole.
    #[error("snapshot {snapshot} cannot be read now: {source}")]
    Unreadable {
        /// The snapshot.
        snapshot: Name,
        /// What is wrong.
        source: Arc<StoreError>,
    },
    /// What a live snapshot or a disk needs is not all there, so nothing is known to be garbage.
    #[error("{what} is damaged, so nothing can be told to be garbage: {source}")]
    Unmarkable {
        /// What needs it: a snapshot or a disk.
        what: String,
        /// What is wrong.
        source: Arc<StoreError>,
    },
    /// No disk has that name or id.
    #[error("there is no disk {0}")]
    DiskNotFound(String),
    /// No snapshot has that name or id.
    #[error("there is no snapshot {0}")]
    SnapshotNotFound(String),
    /// Text that can be no name.
    #[error(transparent)]
    Name(#[from] ParseNameError),
    /// A name that would be taken for somebody's id.
    #[error("{0} is an id, and no name")]
    NameIsId(Name),
    /// Another disk has that name.
    #[error("there is a disk {0} already")]
    DiskNameTaken(Name),
    /// Another snapshot has that name.
    #[error("there is a snapshot {0} already")]
    SnapshotNameTaken(Name),
    /// The two snapshots are not of one disk.
    #[error("{base} is a snapshot of disk {base_disk}, and {target} one of disk {target_disk}")]
    DifferentDisks {
        /// One snapshot.
        base: Name,
        /// Its disk.
        base_disk: Name,
        /// The other.
        target: Name,
        /// Its disk.
        target_disk: Name,
    },
    /// Incremental snapshots are kept on standard storage only.
    #[error(
        "incremental snapshots are kept on standard storage, whatever the disk's tier; {0} is not"
    )]
    SkuNotStandard(Sku),
    /// The region does not have that storage.
    #[error("region {region} has no {sku}")]
    SkuNotInRegion {
        /// The region.
        region: Name,
        /// What was asked for.
        sku: Sku,
    },
    /// A managed disk reads from the snapshot.
    #[error("disk {disk} reads from snapshot {snapshot}")]
    SnapshotInUse {
        /// The snapshot.
        snapshot: Name,
        /// The disk.
        disk: Name,
    },
    /// The disk's bytes are somebody else's file.
    #[error("disk {0} is an image that is read in place, not a managed disk")]
    DiskNotManaged(Name),
    /// The disk has bytes that are in no snapshot.
    #[error("{lost} bytes of disk {disk} are in no snapshot, and would go with it")]
    WouldLose {
        /// The disk.
        disk: Name,
        /// How many.
        lost: u64,
    },
    /// The size is none that the disk can be given.
    #[error("a disk of {least} can be given a larger size, not {size}")]
    Shrinks {
        /// What was asked for.
        size: ByteSize,
        /// What the disk has.
        least: ByteSize,
    },
    /// The range does not lie on the disk.
    #[error("{length} bytes from byte {offset} on do not lie on a disk of {size}")]
    PastEnd {
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        length: u64,
        /// The disk's size.
        size: ByteSize,
    },
    /// A managed disk's own files are gone, or not what was written.
    #[error("the files of disk {disk} in {} cannot be read: {what}", path.display())]
    DiskDamaged {
        /// The disk.
        disk: Name,
        /// Its folder.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// What a managed disk has below its own blocks cannot be read back.
    #[error("what is below the disk at byte {offset} cannot be read back: {source}")]
    BaseUnreadable {
        /// Where on the disk.
        offset: u64,
        /// What is wrong.
        source: Arc<StoreError>,
    },
    /// The data directory cannot be used.
    #[error("cannot {action} {}: {source}", path.display())]
    Directory {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A server has the data directory.
    #[error("the server at {address} has {}", path.display())]
    DataInUse {
        /// The lock that it holds.
        path: PathBuf,
        /// Where it answers.
        address: String,
    },
    /// The output cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Output {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The output's path is an attached disk's image, or no regular file.
    #[error("{} {what}", path.display())]
    OutputRefused {
        /// The file.
        path: PathBuf,
        /// Why it is not written.
        what: String,
    },
    /// The format holds no disk of that size.
    #[error(
        "{format} holds disks of at most {} GiB, and snapshot {snapshot} is of one of {size}",
        format.largest().bytes() >> 30
    )]
    FormatTooSmall {
        /// What was asked for.
        format: ExportFormat,
        /// The snapshot.
        snapshot: Name,
        /// What the disk has.
        size: ByteSize,
    },
    /// There is a file where a new one is to be.
    #[error("there is a file {} already", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Request(String),
    /// It was asked to stop.
    #[error("stopped before it was done; nothing of it is kept")]
    Cancelled,
    /// Another writer took the disk over before the commit.
    #[error("another command took over the disk; nothing of this snapshot is kept")]
    Superseded,
}

impl Error {
    /// Damage found while a snapshot was read.
    pub(crate) fn damaged(snapshot: &Name, offset_bytes: u64, source: Arc<StoreError>) -> Self {
        let block = offset_bytes / shared::BLOCK_BYTES;
        Self::Damaged { snapshot: snapshot.clone(), block, offset_bytes, source }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Source(error) => source_code(error),
            Self::Store(error) => store_code(error),
            Self::Catalog(error) if error.is_full() => Code::NoSpace,
            Self::Catalog(CatalogError::Version { .. }) => Code::DataVersion,
            Self::Catalog(_) => Code::CatalogFailed,
            Self::Damaged { .. } | Self::DiskDamaged { .. } => Code::Corrupt,
            Self::Unmarkable { source, .. }
            | Self::Unreadable { source, .. }
            | Self::BaseUnreadable { source, .. } => store_code(source),
            Self::DiskNotFound(_) => Code::DiskNotFound,
            Self::SnapshotNotFound(_) => Code::SnapshotNotFound,
            Self::Name(_) | Self::NameIsId(_) => Code::InvalidName,
            Self::DiskNameTaken(_) => Code::DiskNameTaken,
            Self::SnapshotNameTaken(_) => Code::SnapshotNameTaken,
            Self::DifferentDisks { .. } => Code::DifferentDisks,
            Self::SkuNotStandard(_) | Self::SkuNotInRegion { .. } => Code::SkuNotAllowed,
            Self::SnapshotInUse { .. } => Code::SnapshotInUse,
            Self::DiskNotManaged(_) => Code::DiskNotManaged,
            Self::WouldLose { .. } => Code::NotConfirmed,
            Self::Shrinks { .. } => Code::InvalidSize,
            Self::PastEnd { .. } => Code::RangeNotSatisfiable,
            Self::Directory { source, .. } if is_full(source) => Code::NoSpace,
            Self::Directory { .. } => Code::DataDirectory,
            Self::DataInUse { .. } => Code::DataInUse,
            Self::Output { source, .. } if is_full(source) => Code::NoSpace,
            Self::Output { .. } | Self::OutputRefused { .. } => Code::OutputFailed,
            Self::FormatTooSmall { .. } => Code::FormatTooSmall,
            Self::FileExists { .. } => Code::FileExists,
            Self::Request(_) => Code::InvalidRequest,
            Self::Cancelled => Code::Cancelled,
            Self::Superseded => Code::Superseded,
        }
    }

    /// The problem as the API tells it.
    pub fn problem(&self) -> Problem {
        let code = self.code();
        let help = if let Self::DiskDamaged { .. } = self {
            Some(
                "bring the folder back from a copy, or detach the disk with a confirmation; its snapshots are whole",
            )
        } else {
            help(code)
        };
        let help = help.map(str::to_owned);
        Problem { code, detail: self.to_string(), help }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

const fn source_code(error: &SourceError) -> Code {
    match error {
        SourceError::NotFound { .. } => Code::SourceNotFound,
        SourceError::NotADisk { .. } => Code::SourceNotADisk,
        SourceError::Elsewhere { .. } | SourceError::OutOfReach { .. } => Code::PathNotAllowed,
        SourceError::Size { .. } => Code::SourceSize,
        SourceError::Foreign { .. } | SourceError::Unsupported { .. } => Code::SourceFormat,
        SourceError::Malformed { .. } => Code::SourceMalformed,
        SourceError::Parent { .. } => Code::SourceParent,
        SourceError::Changed { .. } => Code::SourceChanged,
        SourceError::Truncated { .. } => Code::SourceTruncated,
        SourceError::Unreadable { .. } => Code::SourceUnreadable,
    }
}

const fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::ZoneDown { .. } => Code::ZoneDown,
        StoreError::Missing { .. } | StoreError::Corrupt { .. } => Code::Corrupt,
        StoreError::NoSpace { .. } => Code::NoSpace,
        StoreError::Exists { .. } | StoreError::Failed { .. } => Code::StoreFailed,
    }
}

/// What to do about a problem, where one thing fits every case.
const fn help(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::DiskNotFound => "`skikt disk list` shows the disks there are",
        Code::SnapshotNotFound => "`skikt snapshot list` shows the snapshots there are",
        Code::DiskNameTaken | Code::SnapshotNameTaken => "choose another name",
        Code::DifferentDisks => "compare two snapshots of one disk",
        Code::SourceNotFound => "give the path of a disk image or of a block device",
        Code::SourceNotADisk => "give the path of an image file or of a block device",
        Code::SourceSize => {
            "pad the image to whole sectors, for example with `truncate --size=%512`"
        }
        Code::SourceFormat => "convert it first, for example with `qemu-img convert -O raw`",
        Code::SourceMalformed => {
            "bring the image back from a copy, or let the tool that made it repair it"
        }
        Code::SourceParent => {
            "put the file that it builds on where the image says, as it was when the image was made"
        }
        Code::SourceChanged => {
            "stop the writer, freeze its file system or take the copy of a volume; \
             or accept a picture of no one moment with --allow-changing"
        }
        Code::SourceTruncated => "wait until the image has its full size, then try again",
        Code::SkuNotAllowed => "leave --sku away, or take a full snapshot with --full",
        Code::Corrupt => {
            "`skikt snapshot verify` names every damaged range; other ranges are whole"
        }
        Code::ZoneDown => {
            "bring the folder back as it was; Skikt does not write over what it does not know"
        }
        Code::NoSpace => "free some room, or delete snapshots and run `skikt gc`, then try again",
        Code::CatalogFailed => {
            "the catalog can be made anew from the store: `skikt catalog rebuild`"
        }
        Code::DataVersion => "use the release of Skikt that made this data directory",
        Code::SnapshotInUse => {
            "detach the disks that read from it, or take a snapshot of them first"
        }
        Code::NotConfirmed => "take a snapshot of the disk first, or agree to it with --yes",
        Code::DiskNotManaged => "write to the disk's image itself",
        Code::PathNotAllowed => {
            "start the server with --image-root FOLDER, or put the image into the `images` folder of its data directory"
        }
        Code::FormatTooSmall => {
            "export it as `raw` or `qcow2`, which hold a disk of any size; `vhdx` ends at 64 TiB"
        }
        Code::FileExists => "choose another path",
        Code::DataInUse => "give the server's address with --server URL, or stop the server",
        Code::JobNotFound
        | Code::JobEnded
        | Code::InvalidSize
        | Code::RangeNotSatisfiable
        | Code::InvalidRequest
        | Code::BodyTooLarge
        | Code::UnsupportedMediaType
        | Code::ForeignOrigin
        | Code::PreconditionFailed
        | Code::IdempotencyMismatch
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::ServerUnreachable
        | Code::Stopping
        | Code::InvalidName
        | Code::SourceUnreadable
        | Code::StoreFailed
        | Code::DataDirectory
        | Code::OutputFailed
        | Code::Cancelled
        | Code::Superseded
        | Code::Internal => return None,
    })
}
