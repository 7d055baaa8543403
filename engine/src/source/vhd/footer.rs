//! A VHD's footer: what kind of disk it is, and how large.

use shared::ByteSize;

use super::super::{
    fault::{Refusal, check, fault},
    fields::{array, be32, be64},
};
use crate::image::vhd::{FOOTER, checksum};

/// Seconds from 1970, where our clock begins, to 2000, where VHD's does.
pub(super) const EPOCH: i64 = 946_684_800;

/// What a footer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) kind: Kind,
    pub(super) size: ByteSize,
    pub(super) unique_id: [u8; 16],
    /// In seconds since 1970.
    pub(super) created: i64,
}

/// The kinds of VHD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The disk's bytes, then the footer.
    Fixed,
    /// A table of blocks, told of by the header at an offset.
    Dynamic { header: u64 },
    /// The same, over another image.
    Differencing { header: u64 },
}

impl Kind {
    /// Where the dynamic disk header is.
    pub(super) const fn header(self) -> Option<u64> {
        match self {
            Self::Fixed => None,
            Self::Dynamic { header } | Self::Differencing { header } => Some(header),
        }
    }
}

/// Whether bytes begin as a footer does.
pub(super) fn is_footer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"conectix")
}

impl Footer {
    pub(super) fn parse(bytes: &[u8; FOOTER]) -> Result<Self, Refusal> {
        check(is_footer(bytes), "footer", || "is not there".to_owned())?;
        let (says, is) = (be32(bytes, 64), checksum(bytes, 64));
        check(says == is, "footer checksum", || format!("is {says:#010x}, and not {is:#010x}"))?;
        let version = be32(bytes, 12);
        check(version >> 16 == 1, "file format version", || format!("is {version:#010x}"))?;
        let current = be64(bytes, 48);
        let size = match ByteSize::new(current) {
            Ok(size) => size,
            Err(error) => {
                return Err(fault("current size", format!("is no size of a disk: {error}")));
            }
        };
        let header = be64(bytes, 16);
        let kind = match be32(bytes, 60) {
            2 => Kind::Fixed,
            3 => Kind::Dynamic { header },
            4 => Kind::Differencing { header },
            other => return Err(fault("disk type", format!("is {other}, which is none"))),
        };
        let created = EPOCH + i64::from(be32(bytes, 24));
        Ok(Self { kind, size, unique_id: array(bytes, 68), created })
    }
}

/// The footer that counts, given the one at the end and, unless the disk is fixed, the copy at the
/// start. The end is what a writer that died did not get to write; then the copy counts.
pub(super) fn choose(
    end: Result<Footer, Refusal>,
    copy: Option<Result<Footer, Refusal>>,
) -> Result<Footer, Refusal> {
    match (end, copy) {
        (Ok(end), None | Some(Err(_))) => Ok(end),
        (Ok(end), Some(Ok(_))) if end.kind == Kind::Fixed => Ok(end),
        (Ok(end), Some(Ok(copy))) if end == copy => Ok(end),
        (Ok(_), Some(Ok(_))) => {
            Err(fault("footer", "is not what its copy at the file's start says"))
        }
        (Err(_), Some(Ok(copy))) if copy.kind != Kind::Fixed => Ok(copy),
        (Err(refusal), _) => Err(refusal),
    }
}

#[cfg(test)]
mod tests {
    use shared::Digest;

    use super::*;
    use crate::image::vhd::footer;

    #[test]
    fn our_own_footer_is_read_and_each_flipped_bit_is_seen() {
        let size = ByteSize::new(3 << 20).unwrap();
        let bytes: [u8; FOOTER] = footer(size, Digest([7; 32]), None).try_into().unwrap();
        let footer = Footer::parse(&bytes).unwrap();
        assert_eq!((footer.kind, footer.size, footer.created), (Kind::Fixed, size, EPOCH));
        for bit in 0..FOOTER * 8 {
            let mut bytes = bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Footer::parse(&bytes).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_copy_counts_where_the_footer_is_lost_and_a_difference_is_refused() {
        let size = ByteSize::new(512).unwrap();
        let kind = Kind::Dynamic { header: 512 };
        let footer = Footer { kind, size, unique_id: [1; 16], created: 0 };
        let other = Footer { unique_id: [2; 16], ..footer };
        let lost = || Err(fault("footer", "is not there"));
        assert_eq!(choose(lost(), Some(Ok(footer))), Ok(footer));
        assert_eq!(choose(Ok(footer), Some(lost())), Ok(footer));
        assert!(choose(Ok(footer), Some(Ok(other))).is_err());
        // What a fixed disk begins with is a guest's to choose.
        let fixed = Footer { kind: Kind::Fixed, ..footer };
        assert_eq!(choose(Ok(fixed), Some(Ok(other))), Ok(fixed));
        assert!(choose(lost(), Some(Ok(fixed))).is_err());
    }
}
