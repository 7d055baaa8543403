//! Image files of every format read as disks: those that QEMU makes, those made here by the book,
//! and those that somebody damaged; and snapshots written in every format, as QEMU reads them.

#![expect(clippy::unwrap_used, reason = "what fails here names its line, and that is enough")]

mod converted;
mod disks;
mod exported;
mod found;
mod judged;
mod look;
mod made;
mod mutated;
mod qcow2;
mod reach;
mod refused;
mod vhd;
mod vhdx;
mod vhdx_log;
