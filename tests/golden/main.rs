//! Every stored byte, held to files.

mod digests;
mod files;
mod store;
