//! Which pages of a database's disk are for what.

use std::ops::Range;

/// The regions of a disk, in pages: a little for the log, a sixteenth for the index, the last three
/// quarters for rows. Gaps between them keep them apart on a heatmap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// All of them.
    pub(super) pages: u64,
    /// The log, written in turn and again from the start.
    pub(super) ring: Range<u64>,
    /// The keys.
    pub(super) index: Range<u64>,
    /// The rows.
    pub(super) heap: Range<u64>,
}

impl Layout {
    /// The regions of a disk of so many pages.
    pub(super) const fn of(pages: u64) -> Self {
        let sixteenth = pages / 16;
        Self {
            pages,
            ring: sixteenth / 2..sixteenth / 2 + sixteenth / 4,
            index: sixteenth * 2..sixteenth * 3,
            heap: sixteenth * 4..pages,
        }
    }
}
