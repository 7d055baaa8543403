//! Managed disks: written, read, frozen, grown and given up, beside a plain array of bytes.

#![expect(clippy::unwrap_used, reason = "what fails here names its line, and that is enough")]

mod bases;
mod faults;
mod freeze;
mod model;
mod requests;
