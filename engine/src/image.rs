//! Image files that are not there: a snapshot's bytes in some format, planned from what is
//! allocated, so that any byte of the file is known without making it.
//!
//! A file is planned from the disk's size, its digest and its tree alone, so that the same
//! snapshot gives the same bytes every time.

mod allocation;
mod fields;
mod layout;
mod qcow2;
pub(crate) mod vhd;
pub(crate) mod vhdx;

use shared::{ByteSize, CHUNK_BYTES, Digest, ExportFormat};

pub(crate) use allocation::Allocation;
pub(crate) use layout::{Layout, Piece};

/// Bytes of the disk in a block, of which a format keeps those that hold data; `None`: it keeps the
/// whole disk. A multiple of a chunk, so that the tree tells which blocks those are.
pub(crate) const fn block_bytes(format: ExportFormat, size: ByteSize) -> Option<u64> {
    match format {
        ExportFormat::Raw | ExportFormat::Vhd => None,
        ExportFormat::VhdDynamic => Some(vhd::BLOCK),
        ExportFormat::Qcow2 => Some(CHUNK_BYTES),
        ExportFormat::Vhdx => Some(vhdx::block_bytes(size)),
    }
}

/// Plans the file of a disk that the format holds; `allocated` are its blocks that hold data, in a
/// format that keeps those.
pub(crate) fn layout(
    format: ExportFormat,
    size: ByteSize,
    digest: Digest,
    allocated: Allocation,
) -> Layout {
    match format {
        ExportFormat::Raw => Layout::default().disk(size),
        ExportFormat::Vhd => vhd::fixed(size, digest),
        ExportFormat::VhdDynamic => vhd::dynamic(size, digest, allocated),
        ExportFormat::Qcow2 => qcow2::layout(size, allocated),
        ExportFormat::Vhdx => vhdx::layout(size, digest, allocated),
    }
}
