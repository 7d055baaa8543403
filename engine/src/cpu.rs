//! The one bridge from async code to rayon's threads: hashing and coding never block a reactor.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::sync::oneshot;

/// Runs `work` on rayon's threads and waits for it; a panic in it goes on here.
pub(crate) async fn cpu<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    let span = tracing::Span::current();
    rayon::spawn(move || {
        let result = span.in_scope(|| catch_unwind(AssertUnwindSafe(work)));
        // Nobody waits any more when the caller was dropped; then the result is not wanted.
        drop(sender.send(result));
    });
    match receiver.await.expect("the sender lives until it has sent") {
        Ok(value) => value,
        Err(panic) => resume_unwind(panic),
    }
}
