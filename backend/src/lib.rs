//! The outside world of the engine: the server and the command line.

mod api;
mod assets;
pub mod cli;
mod config;
mod events;
mod jobs;
mod roots;
mod server;
mod state;
mod telemetry;

pub use config::{Config, Remote};
pub use server::{ServeError, Server};
