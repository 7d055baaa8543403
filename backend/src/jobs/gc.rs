//! Collecting garbage.

use std::sync::Arc;

use engine::{Engine, Error};
use serde::{Deserialize, Serialize};
use shared::JobResult;

use super::watch::Watch;

/// A garbage collection.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct CollectGarbage {}

impl CollectGarbage {
    pub(super) async fn run(self, engine: &Engine, watch: Arc<Watch>) -> Result<JobResult, Error> {
        Ok(JobResult::Gc(Box::pin(engine.gc_watched(watch.as_ref())).await?))
    }
}
