//! Random histories against a plain map of blocks, and the histories that broke other systems.

mod heatmap;
mod history;
mod insight;
mod many;
mod ranges;
mod regressions;
mod steps;
mod world;
