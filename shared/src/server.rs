//! What a server is: its version, and where it looks for images.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Pool;

/// A server as it tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerInfo {
    /// Its version.
    pub version: String,
    /// When it started.
    #[serde(deserialize_with = "crate::moment::read")]
    pub started_at: Timestamp,
    /// The time by its clock.
    #[serde(deserialize_with = "crate::moment::read")]
    pub now: Timestamp,
    /// Whether it shows made-up disks.
    pub demo: bool,
    /// Folders that images may be attached from.
    pub image_roots: Vec<String>,
    /// Where snapshots can be kept.
    pub pools: Vec<Pool>,
}
