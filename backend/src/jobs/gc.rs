//! Collecting garbage.

use engine::{Engine, Error};
use serde::{Deserialize, Serialize};
use shared::JobResult;

/// A garbage collection.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct CollectGarbage {}

impl CollectGarbage {
    pub(super) async fn run(self, engine: &Engine) -> Result<JobResult, Error> {
        Ok(JobResult::Gc(Box::pin(engine.gc()).await?))
    }
}
