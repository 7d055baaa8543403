//! The REST API over HTTP, against the real server.

mod browsers;
mod busy;
mod cached;
mod crowd;
mod data;
mod disks;
mod downloads;
mod events;
mod insight;
mod jobs;
mod lists;
mod locked;
mod managed;
mod openapi;
mod refused;
mod scripts;
mod snapshots;
mod truth;
