//! What is shown, worked out without a browser: words, numbers and shapes. Tested on the host.

pub mod backoff;
pub mod bytes;
pub mod job;
pub mod money;
pub mod percent;
pub mod time;
