//! The outside world of the engine: the command line and the demo.

pub mod cli;
pub mod demo;
