//! The outside world of the engine: the command line.

pub mod cli;
