//! The dashboard: what the browser shows of a Skikt server.

pub mod app;
