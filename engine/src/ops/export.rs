//! Writing a snapshot out as an image file, sparse, under its name only when it is whole.

use std::{
    fmt,
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt as _, stream};
use shared::ChunkIndex;

use super::verify::{Step, Walk};
use crate::{
    block_map::BlockMap, catalog::SnapshotRow, engine::Engine, error::Error, hash::BLOCK,
    objects::read_chunks, output::PartialFile, progress::Progress, vhd,
};

/// Batches of chunks that are read and written side by side.
const BATCHES: usize = 3;

/// The layout of an exported image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// The disk's bytes and nothing else.
    Raw,
    /// A fixed VHD: the disk's bytes and a footer.
    Vhd,
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Raw => "raw",
            Self::Vhd => "vhd",
        })
    }
}

impl Engine {
    /// Writes a snapshot to `file`: first as `file.partial`, synced and renamed at the end. A
    /// regular file of that name is replaced; anything else, and an attached image, is refused.
    /// Says how many bytes the file has.
    pub async fn export(
        &self,
        snapshot: &str,
        file: &Path,
        format: ExportFormat,
        progress: Arc<dyn Progress>,
    ) -> Result<u64, Error> {
        let (row, _pin) = self.pinned(snapshot).await?;
        let output = PartialFile::create(file, &self.disks().await?)?;
        let length = self.write_image(&row, &output, format, progress).await?;
        output.publish()?;
        Ok(length)
    }

    pub(super) async fn write_image(
        &self,
        row: &SnapshotRow,
        output: &PartialFile,
        format: ExportFormat,
        progress: Arc<dyn Progress>,
    ) -> Result<u64, Error> {
        let view = self.view(row).await?;
        let size = view.size.bytes();
        output.set_length(size)?;
        let failure: Arc<Mutex<Option<io::Error>>> = Arc::default();
        let mut walk = Walk::new(&view);
        loop {
            let mut batches = Vec::new();
            while batches.len() < BATCHES {
                match walk.next(&view).await? {
                    Some(Step::Chunks(wanted)) => batches.push(wanted),
                    Some(Step::Damaged { range, error }) => {
                        return Err(Error::damaged(&row.manifest.name, range.0, Arc::new(error)));
                    }
                    None => break,
                }
            }
            let Some(&(last, _)) = batches.last().and_then(|batch| batch.last()) else { break };
            if progress.cancelled() {
                return Err(Error::Cancelled);
            }
            progress.at(last.offset_bytes().min(size), size);
            let mut reads = stream::iter(batches)
                .map(|wanted| {
                    let (output, failure) = (output.file(), Arc::clone(&failure));
                    let objects = Arc::clone(&view.objects);
                    let write = move |index: ChunkIndex, bytes: &[u8], non_zero| {
                        let at = index.offset_bytes();
                        if let Err(error) = write_runs(&output, at, size, bytes, non_zero) {
                            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        }
                    };
                    async move { read_chunks(&objects, &wanted, write).await }
                })
                .buffer_unordered(BATCHES);
            while let Some(failures) = reads.next().await {
                if let Some(failure) = failures?.into_iter().next() {
                    let offset = failure.index.offset_bytes();
                    return Err(Error::damaged(&row.manifest.name, offset, failure.error));
                }
            }
            if let Some(error) = failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Err(output.failed("write", error));
            }
        }
        let length = match format {
            ExportFormat::Raw => size,
            ExportFormat::Vhd => {
                let footer = vhd::fixed_footer(view.size, row.manifest.digest);
                output.write_sparse(size, &footer)?;
                size + footer.len() as u64
            }
        };
        progress.at(size, size);
        Ok(length)
    }
}

/// Writes the blocks of a chunk that are not zeros, neighbours at once.
fn write_runs(
    output: &File,
    at: u64,
    size: u64,
    bytes: &[u8],
    non_zero: BlockMap,
) -> io::Result<()> {
    for run in non_zero.runs() {
        let (start, end) = (run.start as usize * BLOCK, run.end as usize * BLOCK);
        // The disk may end inside its last block.
        let end = end.min((size - at) as usize);
        output.write_all_at(&bytes[start..end], at + start as u64)?;
    }
    Ok(())
}
