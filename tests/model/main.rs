//! Random histories against a plain map of blocks, and the histories that broke other systems.

mod history;
mod many;
mod ranges;
mod regressions;
mod steps;
mod world;
