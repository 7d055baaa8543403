//! A qcow2's header and its first table, checked before the library that reads the rest sees them.
//!
//! Source: QEMU, "Qcow2 Image File Format", docs/interop/qcow2.rst.

use shared::ByteSize;

use super::super::{
    fault::{Refusal, check, fault, unsupported},
    fields::{be32, be64},
};

/// What is read of a file at first: the header, its extensions, and the backing file's name, all of
/// which lie in the first cluster.
pub(super) const HEAD: usize = 64 << 10;

/// The longest first table, as QEMU has it.
const LONGEST_TABLE: u32 = 4 << 20;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) size: ByteSize,
    pub(super) cluster: u64,
    pub(super) table: u64,
    pub(super) entries: u64,
    pub(super) backing: Option<Backing>,
}

/// The file below, as the header names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Backing {
    pub(super) name: String,
    pub(super) format: String,
}

impl Header {
    /// Reads what a file begins with: [`HEAD`] bytes, or all of a shorter one.
    pub(super) fn parse(head: &[u8], file: u64) -> Result<Self, Refusal> {
        check(head.len() >= 104, "header", || format!("ends after {} bytes", head.len()))?;
        let version = be32(head, 4);
        if !(2..=3).contains(&version) {
            return Err(unsupported(format!("has version {version}; 2 and 3 are read")));
        }
        let bits = be32(head, 20);
        check((9..=21).contains(&bits), "cluster_bits", || format!("is {bits}, not 9 to 21"))?;
        let cluster = 1_u64 << bits;
        match be32(head, 32) {
            0 => {}
            1 | 2 => return Err(unsupported("is encrypted")),
            other => return Err(fault("crypt_method", format!("is {other}, which is none"))),
        }
        let size = be64(head, 24);
        let size = ByteSize::new(size)
            .map_err(|error| fault("size", format!("is no size of a disk: {error}")))?;
        let (entries, table) = (be32(head, 36), be64(head, 40));
        check(entries <= LONGEST_TABLE, "l1_size", || format!("is {entries}"))?;
        let spanned = u128::from(entries) * u128::from(cluster / 8) * u128::from(cluster);
        check(spanned >= u128::from(size.bytes()), "l1_size", || {
            format!("is {entries}, too little for a disk of {size}")
        })?;
        let inside = table.checked_add(8 * u64::from(entries)).is_some_and(|end| end <= file);
        check(inside && table.is_multiple_of(cluster) && table > 0, "l1_table_offset", || {
            format!("is {table}, with {entries} entries, in a file of {file} bytes")
        })?;
        let refcounts = be64(head, 48);
        check(refcounts.is_multiple_of(cluster), "refcount_table_offset", || {
            format!("is {refcounts}, in no cluster's start")
        })?;
        let mut format = None;
        if version == 3 {
            incompatible_features(be64(head, 72))?;
            let order = be32(head, 96);
            check(order <= 6, "refcount_order", || format!("is {order}, not 0 to 6"))?;
            format = extensions(head, cluster.min(head.len() as u64) as usize)?;
        }
        let backing = backing_name(head, cluster)?
            .map(|name| match format {
                Some(format) => Ok(Backing { name, format }),
                None => Err(unsupported(format!(
                    "does not say which format its backing file {name} has; `qemu-img rebase -u \
                     -F FORMAT -b {name}` writes it down"
                ))),
            })
            .transpose()?;
        Ok(Self { size, cluster, table, entries: u64::from(entries), backing })
    }

    /// An error unless an entry of the first table leads to a cluster of the file.
    pub(super) fn check_entry(&self, index: u64, entry: u64, file: u64) -> Result<(), Refusal> {
        let offset = entry & 0x00ff_ffff_ffff_fe00;
        let reserved = entry & 0x7f00_0000_0000_01ff == 0;
        let inside = offset.is_multiple_of(self.cluster) && offset + self.cluster <= file;
        check((offset == 0 || inside) && reserved, &format!("L1 entry {index}"), || {
            format!("is {entry:#x}, in a file of {file} bytes")
        })
    }
}

/// Refuses what an image says cannot be read without knowing of it.
fn incompatible_features(features: u64) -> Result<(), Refusal> {
    let known = [
        "was not closed, so `qemu-img check -r all` must look at it first",
        "is marked as corrupt; `qemu-img check -r all` may repair it",
        "keeps its data in another file",
        "is compressed in another way than by deflate",
        "has extended L2 entries",
    ];
    match features.trailing_zeros() as usize {
        64 => Ok(()),
        bit => Err(unsupported(match known.get(bit) {
            Some(&what) => what.to_owned(),
            None => format!("has the incompatible feature {bit}, which is not known here"),
        })),
    }
}

/// Walks the header's extensions, all of which lie in the first `end` bytes, and gives the format
/// that one of them says the backing file has.
fn extensions(head: &[u8], end: usize) -> Result<Option<String>, Refusal> {
    let length = be32(head, 100) as usize;
    check((104..=end).contains(&length) && length.is_multiple_of(8), "header_length", || {
        format!("is {length}, not a multiple of 8 from 104 to {end}")
    })?;
    let mut format = None;
    let mut at = length;
    loop {
        check(at + 8 <= end, "header extensions", || "have no end".to_owned())?;
        let (kind, length) = (be32(head, at), be32(head, at + 4) as usize);
        check(length <= end - at - 8, "header extensions", || {
            format!("have one of {length} bytes at {at}, past the first {end}")
        })?;
        let data = &head[at + 8..at + 8 + length];
        match kind {
            0 => return Ok(format),
            0xe279_2aca => format = Some(text("backing file format", data)?),
            // Rows of 48 bytes: a feature's kind, its bit, its name.
            0x6803_f857 => check(length.is_multiple_of(48), "feature name table", || {
                format!("has {length} bytes, not rows of 48")
            })?,
            _ => {}
        }
        at += 8 + length.next_multiple_of(8);
    }
}

fn backing_name(head: &[u8], cluster: u64) -> Result<Option<String>, Refusal> {
    let (offset, length) = (be64(head, 8), be32(head, 16) as usize);
    if offset == 0 {
        return Ok(None);
    }
    check((1..=1023).contains(&length), "backing_file_size", || format!("is {length}"))?;
    let inside = offset < cluster && (offset as usize) < head.len() - length;
    check(inside, "backing_file_offset", || format!("is {offset}, past the first cluster"))?;
    let name = text("backing file name", &head[offset as usize..offset as usize + length])?;
    // What QEMU takes as a protocol or as options is no path, though a file might have that name.
    let scheme = name.split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| !scheme.contains('/')) {
        return Err(unsupported(format!("has the backing file {name}, which is no path")));
    }
    Ok(Some(name))
}

fn text(field: &str, bytes: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|_| fault(field, "is not UTF-8"))
}
