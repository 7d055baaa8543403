//! The sending end of the channel from disk to packs: windows of the disk are hashed, and what
//! differs from the base is sent on.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::scan::{Buffers, Changed, ToScan, scan};
use crate::{cpu::cpu, error::Error, progress::Progress, source::BlockSource};

/// Hashes windows of the disk, and sends on what differs from the base.
pub(super) struct Scanner<'a> {
    sender: mpsc::Sender<Vec<Changed>>,
    buffers: Buffers,
    /// The disk's size.
    total: u64,
    progress: &'a dyn Progress,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(
        sender: mpsc::Sender<Vec<Changed>>,
        total: u64,
        progress: &'a dyn Progress,
    ) -> Self {
        Self { sender, buffers: Buffers::default(), total, progress }
    }

    /// Scans a window, which is not empty; `false`: nobody wants more.
    pub(super) async fn window(
        &mut self,
        source: Arc<dyn BlockSource>,
        window: Vec<ToScan>,
    ) -> Result<bool, Error> {
        if self.progress.cancelled() {
            return Err(Error::Cancelled);
        }
        let at = window[window.len() - 1].index.offset_bytes();
        self.progress.at(at.min(self.total), self.total);
        let buffers = self.buffers.clone();
        let changed = cpu(move || scan(source.as_ref(), &buffers, &window)).await?;
        if changed.is_empty() {
            return Ok(!self.sender.is_closed());
        }
        Ok(self.sender.send(changed).await.is_ok())
    }

    /// Says that all was scanned.
    pub(super) fn done(&self) {
        self.progress.at(self.total, self.total);
    }
}
