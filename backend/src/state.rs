//! What handlers share.

use std::sync::Arc;

use engine::{Clock, Engine};
use jiff::Timestamp;
use shared::PriceSheet;
use tokio::sync::watch;

use crate::{
    api::{error::Refusal, once::Keys},
    events::Events,
    jobs::Jobs,
    roots::ImageRoots,
    threads::Threads,
    written::Written,
};

/// What handlers share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) engine: Arc<Engine>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) events: Arc<Events>,
    pub(crate) written: Arc<Written>,
    pub(crate) roots: ImageRoots,
    pub(crate) prices: PriceSheet,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    pub(crate) demo: bool,
    /// `true` once the server stops.
    pub(crate) stopping: watch::Sender<bool>,
    /// The idempotency keys of requests under way.
    pub(crate) keys: Keys,
    /// Threads for those who ask.
    pub(crate) threads: Threads,
}

impl State {
    /// Reads by the engine, for as long as somebody waits for it.
    pub(crate) async fn read<T: Send + 'static, F: Future<Output = Result<T, engine::Error>>>(
        &self,
        work: impl FnOnce(Arc<Engine>) -> F + Send + 'static,
    ) -> Result<T, Refusal> {
        let engine = Arc::clone(&self.engine);
        Ok(self.threads.read(move || work(engine)).await?)
    }

    /// Returns when the server stops.
    pub(crate) async fn stopped(&self) {
        // An error would say that the sender is gone, and it is in this very value.
        drop(self.stopping.subscribe().wait_for(|&stopping| stopping).await);
    }
}
