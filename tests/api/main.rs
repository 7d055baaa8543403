//! The REST API over HTTP, against the real server.

mod browsers;
mod data;
mod disks;
mod events;
mod insight;
mod jobs;
mod lists;
mod locked;
mod managed;
mod openapi;
mod scripts;
mod snapshots;
