//! The dashboard in a real browser, on the real server.

#![expect(clippy::unwrap_used, reason = "what fails here names its line, and that is enough")]

mod compare;
mod cost;
mod disks;
mod errors;
mod first_run;
mod heatmap;
mod jobs;
mod keyboard;
mod looks;
mod snapshot_now;
mod snapshots;
mod theme;
mod words;
