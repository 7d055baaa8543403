//! Tells image formats by their magic, so that none is taken as raw by mistake.

use std::fmt;

use shared::DiskFormat;

/// A format that is known, and not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    /// `VirtualBox`'s format.
    Vdi,
    /// QEMU Enhanced Disk.
    Qed,
    /// Parallels' format.
    Parallels,
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vdi => "VDI",
            Self::Qed => "QED",
            Self::Parallels => "Parallels",
        })
    }
}

/// What an image's bytes tell of its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probed {
    /// One that is read. What tells of no other is raw.
    Known(DiskFormat),
    /// One that is not.
    Foreign(ForeignFormat),
}

/// How many bytes of an image's start and of its end the probe looks at.
pub(super) const PROBE: usize = 512;

/// The format that an image's first and last [`PROBE`] bytes (fewer in a smaller image) tell of.
pub(super) fn probe(head: &[u8], tail: &[u8]) -> Probed {
    use Probed::{Foreign, Known};

    const VHD: &[u8] = b"conectix";
    // A fixed VHD has its footer at its end only; early writers made it 511 bytes long.
    let vhd_footer = tail.len() >= 512 && {
        let tail = &tail[tail.len() - 512..];
        tail.starts_with(VHD) || tail[1..].starts_with(VHD)
    };
    if head.starts_with(VHD) || vhd_footer {
        return Known(DiskFormat::Vhd);
    }
    let at =
        |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|it| it.starts_with(magic));
    let table: [(usize, &[u8], Probed); 9] = [
        (0, b"vhdxfile", Known(DiskFormat::Vhdx)),
        (0, b"QFI\xfb", Known(DiskFormat::Qcow2)),
        (0, b"KDMV", Known(DiskFormat::Vmdk)),
        (0, b"COWD", Known(DiskFormat::Vmdk)),
        (0, b"# Disk DescriptorFile", Known(DiskFormat::Vmdk)),
        (0x40, b"\x7f\x10\xda\xbe", Foreign(ForeignFormat::Vdi)),
        (0, b"QED\0", Foreign(ForeignFormat::Qed)),
        (0, b"WithoutFreeSpace", Foreign(ForeignFormat::Parallels)),
        (0, b"WithouFreSpacExt", Foreign(ForeignFormat::Parallels)),
    ];
    let found = table.iter().find(|(offset, magic, _)| at(*offset, magic));
    found.map_or(Known(DiskFormat::Raw), |&(_, _, probed)| probed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_magic() {
        let zeros = [0; PROBE];
        assert_eq!(probe(&zeros, &zeros), Probed::Known(DiskFormat::Raw));
        let mut footer = zeros;
        footer[..8].copy_from_slice(b"conectix");
        assert_eq!(probe(&zeros, &footer), Probed::Known(DiskFormat::Vhd));
        assert_eq!(probe(&footer, &zeros), Probed::Known(DiskFormat::Vhd));
        assert_eq!(probe(b"QFI\xfb\0\0\0\x03", b""), Probed::Known(DiskFormat::Qcow2));
    }
}
