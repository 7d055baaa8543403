//! What the engine does, one operation a file.

pub(crate) mod attach;
mod changes;
pub(crate) mod costs;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod family;
pub(crate) mod gc;
pub(crate) mod heatmap;
mod history;
pub(crate) mod list;
mod mark;
mod population;
pub(crate) mod read;
pub(crate) mod rebuild;
pub(crate) mod snapshot;
mod timeline;
pub(crate) mod verify;
