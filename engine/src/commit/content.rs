//! What a snapshot is taken of: an image that is read in place, or a managed disk that is frozen.

use std::sync::Arc;

use shared::{ByteSize, Consistency};

use super::frozen::Frozen;
use crate::source::{BlockSource, Changing, SourceError};

/// A disk's content, which stands still or says that it did not.
#[derive(Debug)]
pub(crate) enum Content {
    Attached(Arc<dyn BlockSource>, Changing),
    Managed(Frozen),
}

impl Content {
    pub(crate) fn size(&self) -> ByteSize {
        match self {
            Self::Attached(source, _) => source.size(),
            Self::Managed(frozen) => frozen.size,
        }
    }

    /// An error if it changed since it was opened.
    pub(crate) fn check_unchanged(&self) -> Result<(), SourceError> {
        match self {
            Self::Attached(source, _) => source.check_unchanged(),
            Self::Managed(_) => Ok(()),
        }
    }

    /// What a snapshot of it can say of itself.
    pub(crate) const fn consistency(&self) -> Consistency {
        match self {
            Self::Attached(_, Changing::Allowed) => Consistency::Fuzzy,
            Self::Attached(_, Changing::Refused) | Self::Managed(_) => Consistency::Exact,
        }
    }
}
