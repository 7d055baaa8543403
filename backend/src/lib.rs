//! The outside world of the engine: the server, the command line and the demo.

mod api;
mod assets;
pub mod cli;
mod client;
mod codings;
mod config;
pub mod demo;
mod events;
mod jobs;
mod roots;
mod server;
mod state;
mod telemetry;
mod threads;
mod written;

pub use config::{Config, Remote};
pub use server::{ServeError, Server};
