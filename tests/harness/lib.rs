//! The tests' harness: a data directory, the command line, disk images and faults.
