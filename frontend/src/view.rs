//! What is shown, worked out without a browser: words, numbers and shapes. Tested on the host.

pub mod attention;
pub mod backoff;
pub mod bytes;
pub mod chart;
pub mod csv;
pub mod disks;
pub mod job;
pub mod money;
pub mod order;
pub mod percent;
pub mod script;
pub mod snapshots;
pub mod time;
pub mod upload;
