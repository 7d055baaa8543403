//! qcow2, version 3: clusters of a chunk's length, so that the tree alone tells where each is.
//!
//! The header, the table of reference counts and their blocks, the first table (L1), the second
//! tables (L2) that lead to anything, and the clusters, in this order. Each is referred to once.
//!
//! Source: QEMU, "Qcow2 Image File Format", docs/interop/qcow2.rst.

use std::sync::Arc;

use bytes::Bytes;
use shared::{ByteSize, CHUNK_BYTES};

use super::{
    allocation::Allocation,
    fields::{Fields, be16, be32, be64},
    layout::Layout,
};

/// Length of a cluster in bytes: a chunk's.
const CLUSTER: u64 = CHUNK_BYTES;

/// Entries in a cluster of a table.
const ENTRIES: u64 = CLUSTER / 8;

/// Length of a reference count in bits, as a power of two.
const REFCOUNT_ORDER: u32 = 4;

/// Reference counts in a cluster.
const REFCOUNTS: u64 = (CLUSTER * 8) >> REFCOUNT_ORDER;

/// Says of an entry that what it leads to is referred to once, so that it may be written to.
const COPIED: u64 = 1 << 63;

/// Length of the header in bytes. An extension of no kind follows, which ends them.
const HEADER: u32 = 104;
const END: usize = 8;

/// A qcow2 image, whose clusters that hold data are `allocated`.
pub(super) fn layout(size: ByteSize, allocated: Allocation) -> Layout {
    let seconds = Arc::new(allocated.in_groups_of(ENTRIES));
    let first_entries = size.chunks().div_ceil(ENTRIES);
    let firsts = (first_entries * 8).div_ceil(CLUSTER);
    let (counts, count_blocks) = counting(1 + firsts + seconds.count() + allocated.count());
    let counts_at = CLUSTER;
    let count_blocks_at = counts_at + counts * CLUSTER;
    let first_at = count_blocks_at + count_blocks * CLUSTER;
    let seconds_at = first_at + firsts * CLUSTER;
    let data_at = seconds_at + seconds.count() * CLUSTER;
    let clusters = data_at / CLUSTER + allocated.count();

    let mut header = Fields::new(HEADER as usize + END);
    header.put(0, b"QFI\xfb");
    header.put(4, &be32(3)); // version
    header.put(20, &be32(CLUSTER.trailing_zeros()));
    header.put(24, &be64(size.bytes()));
    header.put(36, &be32(first_entries as u32));
    header.put(40, &be64(first_at));
    header.put(48, &be64(counts_at));
    header.put(56, &be32(counts as u32));
    header.put(96, &be32(REFCOUNT_ORDER));
    header.put(100, &be32(HEADER));

    let allocated = Arc::new(allocated);
    let (of_first, of_seconds) = (Arc::clone(&seconds), Arc::clone(&allocated));
    let lead = |rank: Option<u64>, at| rank.map_or(0, |rank| COPIED | (at + rank * CLUSTER));
    Layout::default()
        .given(0, header.0)
        .table(counts_at, counts * CLUSTER, move |block| {
            be64(if block < count_blocks { count_blocks_at + block * CLUSTER } else { 0 })
        })
        .table(count_blocks_at, count_blocks * CLUSTER, move |cluster| {
            be16(u16::from(cluster < clusters))
        })
        .table(first_at, firsts * CLUSTER, move |entry| {
            be64(lead(of_first.rank(entry), seconds_at))
        })
        .table(seconds_at, seconds.count() * CLUSTER, move |entry| {
            let table = seconds.select(entry / ENTRIES);
            let cluster = table.map(|table| table * ENTRIES + entry % ENTRIES);
            be64(lead(cluster.and_then(|cluster| of_seconds.rank(cluster)), data_at))
        })
        .blocks(data_at, Bytes::new(), CLUSTER, size, allocated)
}

/// How many clusters the reference counts of a file take, which has so many others: of their
/// table, and of their blocks. They are counted too.
fn counting(others: u64) -> (u64, u64) {
    let (mut table, mut blocks) = (0, 0);
    loop {
        let needed = (others + table + blocks).div_ceil(REFCOUNTS);
        if needed == blocks {
            return (table, blocks);
        }
        blocks = needed;
        table = blocks.div_ceil(ENTRIES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_counts_count_themselves() {
        for others in [1, REFCOUNTS - 2, REFCOUNTS - 1, REFCOUNTS, 1 << 27, REFCOUNTS * ENTRIES] {
            let (table, blocks) = counting(others);
            assert!(blocks * REFCOUNTS >= others + table + blocks, "{others}");
            assert!(table * ENTRIES >= blocks, "{others}");
            // One fewer would not do.
            let fewer = blocks - 1;
            assert!(fewer * REFCOUNTS < others + fewer.div_ceil(ENTRIES) + fewer, "{others}");
        }
        assert_eq!(counting(REFCOUNTS - 2), (1, 1));
        assert_eq!(counting(REFCOUNTS - 1), (1, 2));
    }
}
