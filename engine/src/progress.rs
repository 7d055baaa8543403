//! What long work tells upward: how far it is, and whether it should stop.

use std::fmt;

/// Watches long work. Called from many threads, often.
pub trait Progress: fmt::Debug + Send + Sync {
    /// `done` of `total` bytes of the disk are behind.
    fn at(&self, done: u64, total: u64);

    /// Whether the work should end before it is done, leaving nothing.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn at(&self, _done: u64, _total: u64) {}
}

/// Returns once the work is to stop.
pub(crate) async fn cancelled(progress: &dyn Progress) {
    while !progress.cancelled() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
