//! Writing what a snapshot adds: scan the disk, encode what changed, build the tree, fill packs.

mod attached;
pub(crate) mod build;
pub(crate) mod content;
pub(crate) mod encode;
pub(crate) mod frozen;
pub(crate) mod scan;
mod scanner;
pub(crate) mod sink;
pub(crate) mod write;
