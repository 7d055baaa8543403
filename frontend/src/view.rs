//! What is shown, worked out without a browser: words, numbers and shapes. Tested on the host.

pub mod attention;
pub mod backoff;
pub mod bytes;
pub mod cell;
pub mod chart;
pub mod csv;
pub mod disks;
pub mod heights;
pub mod hexdump;
pub mod hilbert;
pub mod job;
pub mod layout;
pub mod money;
pub mod offsets;
pub mod order;
pub mod percent;
pub mod ramp;
pub mod script;
pub mod seek;
pub mod snapshots;
pub mod span;
pub mod spark;
pub mod time;
pub mod timeline;
pub mod upload;
pub mod viewport;
