//! The dashboard: what the browser shows of a Skikt server.

pub mod api;
pub mod app;
pub mod asked;
pub mod components;
pub mod live;
pub mod navigation;
pub mod pages;
pub mod prefs;
pub mod routes;
pub mod tiles;
pub mod upload;
pub mod view;
