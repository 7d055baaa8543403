//! The command line, run as a user runs it.
//!
//! The suite runs the program that lies beside it: `cargo test --workspace` builds both, and before
//! `cargo test -p tests` comes `cargo build -p backend`.

mod catalog;
mod changing;
mod damage;
mod diff;
mod export;
mod interrupt;
mod kill;
mod kinds;
mod locked;
mod names;
mod refused_images;
mod room;
mod together;
mod walk;
mod words;
mod zones;
