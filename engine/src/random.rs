//! Randomness as an argument, so that tests can repeat a run.

use std::{fmt, io::Read as _};

/// Gives random bytes.
pub trait Random: fmt::Debug + Send + Sync {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
        read.expect("a system without /dev/urandom cannot name anything");
    }
}
