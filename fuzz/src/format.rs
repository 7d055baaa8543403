//! What image an input stands for: a format's structures are small and far apart, so the input has
//! only them, one after the other.

use std::ops::Range;

use crate::sums;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// A format that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Fixed, dynamic and differencing VHDs.
    Vhd,
    /// VHDXs, with a log.
    Vhdx,
    /// qcow2 images.
    Qcow2,
    /// VMDKs: descriptors and sparse extents.
    Vmdk,
}

/// Where a VHDX of the corpus has its structures, and how much of each an input has: the file's
/// identifier, both headers, both region tables, the log, the table of blocks, the table of
/// metadata, six items of it, and some of a block.
const VHDX: [(u64, u64); 15] = [
    (0, 32),
    (64 * KIB, 128),
    (128 * KIB, 128),
    (192 * KIB, 128),
    (256 * KIB, 128),
    (MIB, 32 * KIB),
    (2 * MIB, 256),
    (3 * MIB, 256),
    (3 * MIB + 64 * KIB, 16),
    (3 * MIB + 68 * KIB, 16),
    (3 * MIB + 72 * KIB, 16),
    (3 * MIB + 76 * KIB, 16),
    (3 * MIB + 80 * KIB, 16),
    (3 * MIB + 84 * KIB, 512),
    (4 * MIB, 64),
];

/// As long as the VHDX that the corpus was begun with.
const VHDX_LENGTH: u64 = 6 * MIB;

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Vhd, Self::Vhdx, Self::Qcow2, Self::Vmdk];

    /// The name of its target, and of its folders.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vhd => "vhd",
            Self::Vhdx => "vhdx",
            Self::Qcow2 => "qcow2",
            Self::Vmdk => "vmdk",
        }
    }

    /// The image that an input stands for: its length, and what lies where in it. Checksums are
    /// made right, since nobody finds the right ones by chance.
    pub(crate) fn image(self, input: &[u8]) -> (u64, Vec<(u64, Vec<u8>)>) {
        match self {
            Self::Qcow2 | Self::Vmdk => (input.len() as u64, vec![(0, input.to_vec())]),
            Self::Vhd => {
                let mut bytes = input.to_vec();
                sums::vhd(&mut bytes);
                (bytes.len() as u64, vec![(0, bytes)])
            }
            Self::Vhdx => {
                let piece = |(at, place): (u64, Range<usize>)| {
                    let end = place.end.min(input.len());
                    let bytes = input.get(place.start..end).unwrap_or_default();
                    (at, sums::vhdx(at, bytes))
                };
                (VHDX_LENGTH, places().map(piece).collect())
            }
        }
    }

    /// The input that stands for an image, as far as one can.
    pub fn input(self, image: &[u8]) -> Vec<u8> {
        match self {
            Self::Vhd | Self::Qcow2 | Self::Vmdk => image.to_vec(),
            Self::Vhdx => {
                let piece = |(at, place): (u64, Range<usize>)| {
                    let at = at as usize;
                    image.get(at..at + place.len()).unwrap_or_default()
                };
                places().flat_map(piece).copied().collect()
            }
        }
    }
}

/// The pieces of a VHDX: where each is in the image, and in the input.
fn places() -> impl Iterator<Item = (u64, Range<usize>)> {
    VHDX.iter().scan(0, |end, &(at, length)| {
        let start = *end;
        *end += length as usize;
        Some((at, start..*end))
    })
}
