//! What the engine does, one operation a file.

pub(crate) mod attach;
mod changes;
mod costs;
pub(crate) mod create_disk;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod export;
mod family;
mod freeze;
pub(crate) mod gc;
pub(crate) mod heatmap;
mod history;
mod jobs;
pub(crate) mod list;
mod mark;
mod open;
mod population;
pub(crate) mod read;
pub(crate) mod read_disk;
pub(crate) mod rebuild;
mod record;
pub(crate) mod snapshot;
mod timeline;
mod update_disk;
pub(crate) mod verify;
mod write_disk;
mod write_out;
