//! The delta engine: incremental snapshots of disks in object stores. It has never heard of HTTP.

#[cfg(not(target_pointer_width = "64"))]
compile_error!("offsets on disks are used as indexes, which takes 64 bits");

mod block_map;
mod cache;
mod catalog;
mod clock;
mod commit;
mod cpu;
mod diff;
mod directory;
mod engine;
mod error;
mod family;
mod format;
mod hash;
mod ids;
mod image;
mod index;
mod insight;
mod managed;
mod manifest;
mod objects;
mod ops;
mod output;
mod progress;
mod random;
mod source;
mod store;
mod tree;
mod view;

pub use catalog::{CatalogError, JobFilter, Recall, Remembered};
pub use clock::{Clock, SystemClock};
pub use directory::{Access, Waiting};
pub use engine::{Engine, Options, RegionConfig};
pub use error::Error;
pub use format::FormatError;
pub use ops::{
    attach::{AttachRequest, Loss},
    create_disk::{CreateRequest, Origin},
    diff::{DiffRequest, DiffSummary, Granularity},
    heatmap::TileRequest,
    read::Image,
    read_disk::DiskReader,
    rebuild::RebuildReport,
    snapshot::{Created, SnapshotRequest},
};
pub use output::PartialFile;
pub use progress::{NoProgress, Progress};
pub use random::{Random, SystemRandom};
pub use shared::ExportFormat;
pub use source::{
    BlockSource, Changing, Fault, ForeignFormat, ImageSource, MemorySource, Reach, SourceError,
};
pub use store::{StoreError, StoreOpener, UrlOpener, ZoneConfig, ZoneFile};
