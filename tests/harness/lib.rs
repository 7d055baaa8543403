//! What the suites share: data directories, images, the command line, and stores that fail.

pub mod clock;
pub mod fault;
pub mod model;
pub mod place;
pub mod seeded;
