//! Threads for those who ask: so many at once that what they wait for always finds one, too.

use std::sync::Arc;

use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};
use tracing::Instrument as _;

/// Threads for work that blocks. Whoever has one waits for work on others of them, so those who
/// ask may not have all.
pub(crate) const THREADS: usize = 512;

/// Requests that change something, and requests that read, each on a thread at once; more of them
/// wait without one.
const AT_ONCE: usize = 64;

/// Runs what those who ask want on threads of its own, so that it may take its time.
#[derive(Debug)]
pub(crate) struct Threads {
    runtime: Handle,
    changes: Arc<Semaphore>,
    reads: Arc<Semaphore>,
}

impl Threads {
    /// Threads of a runtime that has [`THREADS`].
    pub(crate) fn new(runtime: Handle) -> Self {
        let turns = || Arc::new(Semaphore::new(AT_ONCE));
        Self { runtime, changes: turns(), reads: turns() }
    }

    /// Runs what must not be left half done to its end, whether or not the one who asked for it
    /// stays to hear of it.
    pub(crate) async fn change<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> T {
        self.run(&self.changes, work).await
    }

    /// Runs what changes nothing, for as long as somebody waits for it.
    pub(crate) async fn read<T: Send + 'static, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> T {
        let (_asker, gone) = oneshot::channel::<()>();
        let read = self.run(&self.reads, || async {
            tokio::select! {
                done = work() => Some(done),
                _ = gone => None,
            }
        });
        read.await.expect("who asks is here to be answered")
    }

    async fn run<T: Send + 'static, F: Future<Output = T>>(
        &self,
        turns: &Arc<Semaphore>,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> T {
        let turn = Arc::clone(turns).acquire_owned().await.expect("it is never closed");
        let (runtime, span) = (self.runtime.clone(), tracing::Span::current());
        let work = move || {
            let done = runtime.block_on(work().instrument(span));
            drop(turn);
            done
        };
        joined(self.runtime.spawn_blocking(work)).await
    }

    /// Runs what takes but a moment, and no thread, to its end, whether or not the one who asked
    /// for it stays to hear of it.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        joined(self.runtime.spawn(work.in_current_span())).await
    }
}

/// What came of work that nobody takes back; its panic is the caller's.
async fn joined<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(match error.try_into_panic() {
            Ok(panic) => panic,
            Err(error) => Box::new(error),
        }),
    }
}
