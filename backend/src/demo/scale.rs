//! How large the demo's disks are and how long their life: the real one, or a small one for tests.

use jiff::SignedDuration;

const MIB: u64 = 1 << 20;

/// A demo's measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Length of the disks' life.
    pub days: u16,
    /// By what all sizes and amounts are divided.
    pub shrink: u64,
}

impl Scale {
    /// What people are shown: a month, some gigabytes of disks.
    pub const FULL: Self = Self { days: 30, shrink: 1 };

    /// How long the life is.
    pub(super) fn life(self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.days))
    }

    /// The operating system's disk, and how much is installed on it.
    pub(super) const fn system(self) -> (u64, u64) {
        (self.of(2048 * MIB), self.of(240 * MIB))
    }

    /// The database's disk, and how much it holds at first.
    pub(super) const fn database(self) -> (u64, u64) {
        (self.of(1024 * MIB), self.of(160 * MIB))
    }

    /// What the shop's suppliers send once a month.
    pub(super) const fn bulk_load(self) -> u64 {
        self.of(24 * MIB)
    }

    /// How many transactions that change something a busy hour has.
    pub(super) const fn transactions(self) -> u64 {
        self.of(160)
    }

    /// The log disk at first, and after it was grown.
    pub(super) const fn logs(self) -> (u64, u64) {
        (self.of(512 * MIB), self.of(1024 * MIB))
    }

    /// How much a busy hour logs.
    pub(super) const fn logs_by_hour(self) -> u64 {
        self.of(2 * MIB)
    }

    /// The idle disk, and how much it holds.
    pub(super) const fn archive(self) -> (u64, u64) {
        (self.of(512 * MIB), self.of(24 * MIB))
    }

    const fn of(self, full: u64) -> u64 {
        full / self.shrink
    }
}
