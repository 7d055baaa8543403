//! What a snapshot's image file is: planned once from its tree, and kept for the next range of it.

use std::sync::Arc;

use shared::{CHUNK_BYTES, ExportFormat};

use super::verify::{Step, Walk};
use crate::{
    catalog::SnapshotRow,
    engine::Engine,
    error::Error,
    image::{self, Allocation, Layout},
    view::View,
};

impl Engine {
    /// The layout of a snapshot's file in some format. Nodes of the tree are read, and no data.
    pub(super) async fn layout(
        &self,
        row: &SnapshotRow,
        view: &View,
        format: ExportFormat,
    ) -> Result<Arc<Layout>, Error> {
        let (digest, size) = (row.manifest.digest, view.size);
        if size > format.largest() {
            let snapshot = row.manifest.name.clone();
            return Err(Error::FormatTooSmall { format, snapshot, size });
        }
        if let Some(found) = self.insight.layouts.get(&(digest, format)) {
            return Ok(found);
        }
        let allocated = match image::block_bytes(format, size) {
            Some(block) => allocated(row, view, block).await?,
            None => Allocation::default(),
        };
        let layout = Arc::new(image::layout(format, size, digest, allocated));
        let bytes = layout.memory_bytes();
        self.insight.layouts.insert((digest, format), Arc::clone(&layout), bytes);
        Ok(layout)
    }
}

/// The blocks of a length that hold data: those with a chunk that the tree has.
async fn allocated(row: &SnapshotRow, view: &View, block: u64) -> Result<Allocation, Error> {
    let mut allocated = Allocation::default();
    let mut walk = Walk::new(view);
    while let Some(step) = walk.next(view).await? {
        match step {
            Step::Chunks(chunks) => {
                let blocks = chunks.iter().map(|(chunk, _)| chunk.0 / (block / CHUNK_BYTES));
                blocks.for_each(|block| allocated.push(block));
            }
            Step::Damaged { range, error } => {
                return Err(Error::damaged(&row.manifest.name, range.0, Arc::new(error)));
            }
        }
    }
    allocated.shrink();
    Ok(allocated)
}
