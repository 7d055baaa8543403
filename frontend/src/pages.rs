//! The pages: each owns the data that it shows, and hands values to components.

pub mod cost;
pub mod diff;
pub mod disk;
pub mod disks;
pub mod jobs;
pub mod not_found;
pub mod overview;
pub mod snapshots;
