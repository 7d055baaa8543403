//! The body of every refusal (RFC 9457), and its stable codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What kind of problem it is; stable across releases.
    pub code: Code,
    /// What happened, naming the thing and the number.
    pub detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// The kinds of problem; each spelled one way for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl Code {
            /// The code as it is spelled.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for Code {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some("The kinds of problem; each spelled one way for ever."))
                    .enum_values(Some([$($text),*]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for Code {}
    };
}

codes! {
    /// No disk has that name or id.
    DiskNotFound = "disk_not_found",
    /// No snapshot has that name or id.
    SnapshotNotFound = "snapshot_not_found",
    /// Another disk has that name.
    DiskNameTaken = "disk_name_taken",
    /// Another snapshot has that name.
    SnapshotNameTaken = "snapshot_name_taken",
    /// The text can be no name.
    InvalidName = "invalid_name",
    /// The two snapshots are not of one disk.
    DifferentDisks = "different_disks",
    /// There is no file at that path.
    SourceNotFound = "source_not_found",
    /// The path is neither a regular file nor a block device.
    SourceNotADisk = "source_not_a_disk",
    /// The image's size is not one a disk can have.
    SourceSize = "source_size",
    /// The image is in a format, or uses a feature of one, that is not read.
    SourceFormat = "source_format",
    /// A field of the image has a value that its format does not allow.
    SourceMalformed = "source_malformed",
    /// The file that the image builds on is not there, or is another than it was made on.
    SourceParent = "source_parent",
    /// The image changed, or somebody was writing to it, while it was read.
    SourceChanged = "source_changed",
    /// The image ended before its size said.
    SourceTruncated = "source_truncated",
    /// The image could not be read.
    SourceUnreadable = "source_unreadable",
    /// The SKU is not to be had for this snapshot.
    SkuNotAllowed = "sku_not_allowed",
    /// A stored object is missing, or its bytes are not those that were written.
    Corrupt = "corrupt",
    /// A zone's store is not there, or is not the one that was registered.
    ZoneDown = "zone_down",
    /// The store has no room left.
    NoSpace = "no_space",
    /// The store could not be read or written.
    StoreFailed = "store_failed",
    /// The data directory could not be opened.
    DataDirectory = "data_directory",
    /// The data directory was made by another version.
    DataVersion = "data_version",
    /// The catalog could not be read or written.
    CatalogFailed = "catalog_failed",
    /// The output could not be written.
    OutputFailed = "output_failed",
    /// The format holds no disk of that size.
    FormatTooSmall = "format_too_small",
    /// There is a file where a new one is to be.
    FileExists = "file_exists",
    /// It needs a yes that nobody gave.
    NotConfirmed = "not_confirmed",
    /// It was stopped before it was done; nothing of it remains.
    Cancelled = "cancelled",
    /// Another writer took the disk over.
    Superseded = "superseded",
    /// No job has that id.
    JobNotFound = "job_not_found",
    /// The job has ended, so it cannot be stopped.
    JobEnded = "job_ended",
    /// A disk reads from the snapshot.
    SnapshotInUse = "snapshot_in_use",
    /// The disk's bytes are not kept here, so they cannot be written or grown.
    DiskNotManaged = "disk_not_managed",
    /// The size is none that the disk can be given.
    InvalidSize = "invalid_size",
    /// The path does not lie below an image root.
    PathNotAllowed = "path_not_allowed",
    /// The range does not lie on the disk.
    RangeNotSatisfiable = "range_not_satisfiable",
    /// The request is not what the contract says: its JSON, a parameter, a header.
    InvalidRequest = "invalid_request",
    /// The body is larger than is taken at once.
    BodyTooLarge = "body_too_large",
    /// The body's media type is not one that is taken here.
    UnsupportedMediaType = "unsupported_media_type",
    /// The request comes from a page or for a host that is not this server's.
    ForeignOrigin = "foreign_origin",
    /// What was asked about is no longer as the condition of the request says.
    PreconditionFailed = "precondition_failed",
    /// The idempotency key was used for another request.
    IdempotencyMismatch = "idempotency_mismatch",
    /// There is nothing at that path.
    NotFound = "not_found",
    /// The path does not take that method.
    MethodNotAllowed = "method_not_allowed",
    /// Another server has the data directory.
    DataInUse = "data_in_use",
    /// The server cannot be reached, or does not speak this contract.
    ServerUnreachable = "server_unreachable",
    /// The server is stopping.
    Stopping = "stopping",
    /// Something that no code names.
    Internal = "internal",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
