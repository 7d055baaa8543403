//! The demo at a small scale: what it says of its disks is so.

mod life;
mod process;
