//! Why a store did not do what it was asked.

use std::{error::Error as StdError, io};

use shared::{Name, Pool};

use crate::format::FormatError;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The zone's folder or bucket is not there, or is not the one that was registered.
    #[error("zone {zone} of {pool} is down: {reason}")]
    ZoneDown {
        /// The pool.
        pool: Pool,
        /// The zone.
        zone: Name,
        /// What is wrong with it.
        reason: String,
    },
    /// An object that should be there is not.
    #[error("{object} is missing")]
    Missing {
        /// Pool and path.
        object: String,
    },
    /// An object's bytes are not those that were written.
    #[error("{object} is corrupt: {source}")]
    Corrupt {
        /// Pool and path.
        object: String,
        /// What is wrong with the bytes.
        source: FormatError,
    },
    /// Another object has that name already.
    #[error("{object} exists already, with other bytes")]
    Exists {
        /// Pool and path.
        object: String,
    },
    /// The store's file system is full, or its quota is used up.
    #[error("no room left to write {object}")]
    NoSpace {
        /// Pool and path.
        object: String,
    },
    /// The store answered with an error, or not at all.
    #[error("cannot {action} {object}: {source}")]
    Failed {
        /// What was tried.
        action: &'static str,
        /// Pool and path.
        object: String,
        /// What the store said.
        source: object_store::Error,
    },
}

impl StoreError {
    /// What an answer of the object store means here.
    pub(crate) fn new(action: &'static str, object: String, source: object_store::Error) -> Self {
        if matches!(source, object_store::Error::NotFound { .. }) && action == "read" {
            Self::Missing { object }
        } else if is_full(&source) {
            Self::NoSpace { object }
        } else {
            Self::Failed { action, object, source }
        }
    }

    /// Whether it says no more than that the object is not there.
    pub(crate) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// Whether stored bytes are lost or changed: reading again will not help.
    pub(crate) const fn is_damage(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Corrupt { .. })
    }
}

/// Whether an IO error deep in the chain says that there is no room.
pub(crate) fn is_full(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>()
            && matches!(io.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        next = error.source();
    }
    false
}
