//! Managed disks: written, read, frozen, grown and given up, beside a plain array of bytes.

mod bases;
mod freeze;
mod model;
mod requests;
