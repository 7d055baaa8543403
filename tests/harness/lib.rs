//! What the suites share: data directories, images, the command line, and stores that fail.

pub mod cli;
pub mod image;
pub mod random;
pub mod room;
pub mod running;
