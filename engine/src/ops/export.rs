//! Writing a snapshot out as an image file, sparse, under its name only when it is whole.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{StreamExt as _, stream};
use shared::{ChunkIndex, ExportFormat};

use super::verify::{Step, Walk};
use crate::{
    block_map::BlockMap, catalog::SnapshotRow, engine::Engine, error::Error, hash::BLOCK,
    objects::read_chunks, output::PartialFile, progress::Progress,
};

/// Batches of chunks that are read and written side by side.
const BATCHES: usize = 3;

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
        let layout = self.layout(row, &view, format).await?;
        output.set_length(layout.length())?;
        for (at, bytes) in layout.structure() {
            output.write_sparse(at, &bytes)?;
        }
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
                    let layout = Arc::clone(&layout);
                    let objects = Arc::clone(&view.objects);
                    let write = move |index: ChunkIndex, bytes: &[u8], non_zero| {
                        let offset = index.offset_bytes();
                        let at = layout.place(offset).expect("what the tree has is in the file");
                        let bytes = &bytes[..bytes.len().min((size - offset) as usize)];
                        if let Err(error) = write_runs(&output, at, bytes, non_zero) {
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
        progress.at(size, size);
        Ok(layout.length())
    }
}

/// Writes the blocks of a chunk that are not zeros, neighbours at once; the disk may end in one.
fn write_runs(output: &File, at: u64, bytes: &[u8], non_zero: BlockMap) -> io::Result<()> {
    for run in non_zero.runs() {
        let (start, end) = (run.start as usize * BLOCK, run.end as usize * BLOCK);
        output.write_all_at(&bytes[start..end.min(bytes.len())], at + start as u64)?;
    }
    Ok(())
}
