//! The vocabulary of the API: every type that crosses the wire, and nothing else.

#![warn(missing_docs)]

mod block;
mod diff;
mod disk;
mod gc;
mod ids;
mod name;
mod page;
mod problem;
mod redundancy;
mod size;
mod snapshot;
mod verify;

pub use block::{BLOCK_BYTES, BLOCKS_PER_CHUNK, BlockIndex, CHUNK_BYTES, ChunkIndex};
pub use diff::{Diff, DiffItem, DiffKind, DiffSide};
pub use disk::{Disk, DiskFormat, DiskSource};
pub use gc::{GcPoolReport, GcReport};
pub use ids::{DiskId, ParseIdError, SnapshotId, ZoneId};
pub use name::{Name, ParseNameError, ResourcePath};
pub use page::Page;
pub use problem::{Code, Problem};
pub use redundancy::{ParseSkuError, Pool, Sku};
pub use size::{ByteSize, ByteSizeError};
pub use snapshot::{Consistency, Digest, ParseDigestError, Snapshot, SnapshotKind, SnapshotSizes};
pub use verify::{Damage, VerifyReport};
