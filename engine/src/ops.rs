//! What the engine does, one operation a file.

pub(crate) mod attach;
pub(crate) mod create_disk;
pub(crate) mod delete;
pub(crate) mod diff;
pub(crate) mod export;
mod freeze;
pub(crate) mod gc;
pub(crate) mod list;
mod mark;
pub(crate) mod read;
pub(crate) mod read_disk;
pub(crate) mod rebuild;
mod record;
pub(crate) mod snapshot;
mod update_disk;
pub(crate) mod verify;
mod write_disk;
