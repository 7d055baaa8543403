//! The vocabulary of the API: every type that crosses the wire, and nothing else.

#![warn(missing_docs)]

mod block;
mod cost;
mod diff;
mod disk;
mod event;
mod export;
mod gc;
pub mod heatmap;
mod ids;
mod job;
mod moment;
mod name;
mod page;
mod present;
mod problem;
mod redundancy;
mod server;
mod size;
mod snapshot;
mod tags;
mod timeline;
mod verify;

pub use block::{BLOCK_BYTES, BLOCKS_PER_CHUNK, BlockIndex, CHUNK_BYTES, ChunkIndex};
pub use cost::{CostDay, CostFigures, Costs, DiskCost, Price, PriceSheet};
pub use diff::{Diff, DiffItem, DiffKind, DiffSide};
pub use disk::{Disk, DiskFormat, DiskPatch, DiskSource, ImageFile, NewDisk, NewDiskSource};
pub use event::Event;
pub use export::{ExportFormat, ParseExportFormatError};
pub use gc::{GcPoolReport, GcReport};
pub use ids::{DiskId, JobId, ParseIdError, SnapshotId, ZoneId};
pub use job::{Job, JobKind, JobProgress, JobResult, JobState, JobStatus};
pub use name::{Name, ParseNameError, ResourcePath};
pub use page::Page;
pub use problem::{Code, Problem};
pub use redundancy::{ParseSkuError, Pool, Sku};
pub use server::ServerInfo;
pub use size::{ByteSize, ByteSizeError};
pub use snapshot::{
    Consistency, Digest, Freeable, NewSnapshot, ParseDigestError, Snapshot, SnapshotKind,
    SnapshotSet, SnapshotSizes,
};
pub use tags::{Tags, TagsError};
pub use timeline::{RangeChange, RangeHistory, Timeline, TimelineBar};
pub use verify::{Damage, VerifyReport};
