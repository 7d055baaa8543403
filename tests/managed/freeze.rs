//! Snapshots of disks that are written to meanwhile, and that are stopped on the way.
