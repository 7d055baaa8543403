//! Histories that broke other systems.
