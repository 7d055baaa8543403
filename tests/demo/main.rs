//! The demo at a small scale: what it says of its disks is so.

#![expect(clippy::unwrap_used, reason = "what fails here names its line, and that is enough")]

mod life;
mod process;
