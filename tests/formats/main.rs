//! Image files of every format read as disks: those that QEMU makes, those made here by the book,
//! and those that somebody damaged.

#![expect(clippy::unwrap_used, reason = "what fails here names its line, and that is enough")]

mod converted;
mod disks;
mod found;
mod look;
mod made;
mod mutated;
mod qcow2;
mod reach;
mod refused;
mod vhd;
mod vhdx;
mod vhdx_log;
