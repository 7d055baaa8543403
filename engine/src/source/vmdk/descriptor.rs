//! A VMDK's descriptor: the text that says which extents the disk lies in.

use shared::ByteSize;

use super::super::fault::{Refusal, check, fault, unsupported};

/// How many extents a disk may have.
const MOST_EXTENTS: usize = 4096;

/// What a descriptor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) extents: Vec<Named>,
}

/// An extent: so many bytes of the disk, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) bytes: u64,
    pub(super) kind: Kind,
}

/// Where an extent's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a file, from an offset on.
    Flat { name: String, offset: u64 },
    /// In a file of grains.
    Sparse { name: String },
    /// Nowhere: they are zeros.
    Zero,
}

impl Descriptor {
    /// Reads a descriptor. Keys that say nothing about the disk's bytes are passed over.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        // The text ends where its room in a sparse file begins to be zeros.
        let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let mut version = None;
        let mut extents = Vec::new();
        for line in text.lines().map(str::trim) {
            let word = line.split_whitespace().next().unwrap_or_default();
            if ["RW", "RDONLY", "NOACCESS"].contains(&word) {
                extents.push(extent(line)?);
                check(extents.len() <= MOST_EXTENTS, "extents", || "are too many".to_owned())?;
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            match (key.trim(), value.trim()) {
                ("version", value) => version = Some(value.to_owned()),
                ("parentCID", value) if !value.eq_ignore_ascii_case("ffffffff") => {
                    return Err(unsupported("builds on another; convert it with all it builds on"));
                }
                _ => {}
            }
        }
        let known = matches!(version.as_deref(), Some("1" | "2" | "3" | "4"));
        check(known, "descriptor version", || format!("is {}", version.unwrap_or_default()))?;
        Ok(Self { extents })
    }

    /// The size of all extents together.
    pub(super) fn size(&self) -> Result<ByteSize, Refusal> {
        check(!self.extents.is_empty(), "extents", || "are none".to_owned())?;
        let sum = self.extents.iter().try_fold(0_u64, |sum, it| sum.checked_add(it.bytes));
        let size = ByteSize::new(sum.unwrap_or(u64::MAX));
        size.map_err(|error| fault("extents", format!("make no size of a disk: {error}")))
    }
}

/// `RW 4096 FLAT "web-flat.vmdk" 0`.
fn extent(line: &str) -> Result<Named, Refusal> {
    let wrong = |what: &str| fault("extent", format!("`{line}` {what}"));
    let (before, quoted) = line.split_once('"').unwrap_or((line, ""));
    let mut words = before.split_whitespace();
    let access = words.next();
    let sectors: Option<u64> = words.next().and_then(|word| word.parse().ok());
    let bytes = sectors.filter(|&it| it > 0).and_then(|it| it.checked_mul(512));
    let bytes = bytes.ok_or_else(|| wrong("has no number of sectors"))?;
    if access == Some("NOACCESS") {
        return Err(unsupported("has an extent that nobody may read"));
    }
    let kind = words.next().ok_or_else(|| wrong("has no type"))?;
    if kind == "ZERO" {
        return Ok(Named { bytes, kind: Kind::Zero });
    }
    let (name, after) = quoted.split_once('"').ok_or_else(|| wrong("names no file"))?;
    let name = name.to_owned();
    let kind = match kind {
        "FLAT" | "VMFS" => {
            let first = after.split_whitespace().next().unwrap_or("0");
            let offset = first.parse::<u64>().ok().and_then(|it| it.checked_mul(512));
            Kind::Flat { name, offset: offset.ok_or_else(|| wrong("has no offset"))? }
        }
        "SPARSE" => Kind::Sparse { name },
        other => return Err(unsupported(format!("has an extent of the type {other}"))),
    };
    Ok(Named { bytes, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_of_vmware_is_read() {
        let text = b"# Disk DescriptorFile\nversion=1\nencoding=\"UTF-8\"\nCID=fffffffe\n\
            parentCID=ffffffff\nisNativeSnapshot=\"no\"\ncreateType=\"twoGbMaxExtentFlat\"\n\n\
            # Extent description\nRW 4192256 FLAT \"a disk-f001.vmdk\" 8\nRW 2048 ZERO\n\
            RW 8 SPARSE \"s.vmdk\"\nddb.adapterType = \"lsilogic\"\n\0\0\0";
        let descriptor = Descriptor::parse(text).unwrap();
        let flat = Kind::Flat { name: "a disk-f001.vmdk".to_owned(), offset: 4096 };
        let sparse = Kind::Sparse { name: "s.vmdk".to_owned() };
        let kinds: Vec<_> = descriptor.extents.iter().map(|it| it.kind.clone()).collect();
        assert_eq!(kinds, [flat, Kind::Zero, sparse]);
        assert_eq!(descriptor.size().unwrap().bytes(), (4_192_256 + 2048 + 8) * 512);
    }

    #[test]
    fn a_wrong_descriptor_is_refused_by_what_is_wrong() {
        let refused = |text: &str| format!("{:?}", Descriptor::parse(text.as_bytes()));
        assert!(refused("version=9").contains("version"));
        assert!(refused("version=1\nparentCID=1234abcd").contains("builds on"));
        assert!(refused("version=1\nRW x FLAT \"a\"").contains("number of sectors"));
        assert!(refused("version=1\nRW 18446744073709551615 ZERO").contains("number of sectors"));
        assert!(refused("version=1\nRW 1 FLAT a").contains("names no file"));
        assert!(refused("version=1\nRW 1 SESPARSE \"a\"").contains("SESPARSE"));
    }
}
