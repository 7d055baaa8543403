//! The dashboard in a real browser, on the real server.

mod compare;
mod cost;
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
