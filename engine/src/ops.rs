//! What the engine does, one operation a file.

pub(crate) mod attach;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod gc;
mod jobs;
pub(crate) mod list;
mod mark;
pub(crate) mod read;
pub(crate) mod rebuild;
pub(crate) mod snapshot;
pub(crate) mod verify;
