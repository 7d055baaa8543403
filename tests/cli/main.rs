//! The command line, run as a user runs it.

mod catalog;
mod changing;
mod cost;
mod damage;
mod diff;
mod export;
mod interrupt;
mod kill;
mod kinds;
mod locked;
mod names;
mod refused_images;
mod remote;
mod room;
mod together;
mod walk;
mod words;
mod zones;
