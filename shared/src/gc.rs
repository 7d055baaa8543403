//! What a garbage collection did, or would do.

use serde::{Deserialize, Serialize};

use crate::Pool;

/// A garbage collection, planned or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GcReport {
    /// Whether anything was written or deleted; `false` for a plan.
    pub applied: bool,
    /// Bytes returned, one copy, all pools.
    pub freed_bytes: u64,
    /// Each pool.
    pub pools: Vec<GcPoolReport>,
}

/// A garbage collection in one pool; bytes of one copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GcPoolReport {
    /// The pool.
    pub pool: Pool,
    /// Length of all its objects before.
    pub bytes_before: u64,
    /// Length of all its objects after.
    pub bytes_after: u64,
    /// Packs deleted whole.
    pub packs_deleted: u64,
    /// Packs whose live part is written again.
    pub packs_rewritten: u64,
    /// Bytes that writing them again takes.
    pub rewritten_bytes: u64,
}
