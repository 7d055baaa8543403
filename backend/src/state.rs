//! What handlers share.

use std::sync::Arc;

use engine::{Clock, Engine};
use jiff::Timestamp;
use shared::PriceSheet;
use tokio::{runtime::Handle, sync::watch};
use tracing::Instrument as _;

use crate::{events::Events, jobs::Jobs, roots::ImageRoots};

/// What handlers share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) engine: Arc<Engine>,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) events: Arc<Events>,
    pub(crate) roots: ImageRoots,
    pub(crate) prices: PriceSheet,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_at: Timestamp,
    pub(crate) demo: bool,
    /// `true` once the server stops.
    pub(crate) stopping: watch::Sender<bool>,
    /// Held from when a `POST` is looked at to when it is done, or its job is kept.
    pub(crate) posts: tokio::sync::Mutex<()>,
    /// Where work goes on when the one who asked for it hangs up.
    pub(crate) runtime: Handle,
}

impl State {
    /// Runs what must not be left half done to its end, whether or not the one who asked for it
    /// stays to hear of it; on a thread of its own, so that it may take its time.
    pub(crate) async fn to_the_end<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> T {
        let (runtime, span) = (self.runtime.clone(), tracing::Span::current());
        self.blocking(move || runtime.block_on(work().instrument(span))).await
    }

    /// Runs what waits for the file system, away from the threads that answer.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        match self.runtime.spawn_blocking(work).await {
            Ok(value) => value,
            Err(error) => std::panic::resume_unwind(match error.try_into_panic() {
                Ok(panic) => panic,
                Err(error) => Box::new(error),
            }),
        }
    }

    /// Returns when the server stops.
    pub(crate) async fn stopped(&self) {
        // An error would say that the sender is gone, and it is in this very value.
        drop(self.stopping.subscribe().wait_for(|&stopping| stopping).await);
    }
}
