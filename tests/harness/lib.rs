//! What the suites share: data directories, images, the command line, and stores that fail.

pub mod browser;
pub mod cli;
pub mod clock;
pub mod fault;
pub mod gate;
pub mod http;
pub mod image;
pub mod life;
pub mod managed;
pub mod model;
pub mod place;
pub mod qemu;
pub mod random;
pub mod room;
pub mod running;
pub mod seeded;
pub mod server;
