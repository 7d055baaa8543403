//! Every stored byte, held to files.

mod digests;
mod exports;
mod files;
mod store;
