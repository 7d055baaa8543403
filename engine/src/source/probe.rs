//! Tells image formats by their magic, so that none is taken as raw by mistake.

use std::fmt;

/// A format that is not raw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignFormat {
    /// Virtual Hard Disk: fixed, dynamic or differencing.
    Vhd,
    /// Hyper-V's second format.
    Vhdx,
    /// QEMU's format.
    Qcow,
    /// `VMware`'s format.
    Vmdk,
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
            Self::Vhd => "VHD",
            Self::Vhdx => "VHDX",
            Self::Qcow => "qcow2",
            Self::Vmdk => "VMDK",
            Self::Vdi => "VDI",
            Self::Qed => "QED",
            Self::Parallels => "Parallels",
        })
    }
}

/// How many bytes of an image's start and of its end the probe looks at.
pub(crate) const PROBE: usize = 512;

/// The format that an image's first and last [`PROBE`] bytes (fewer in a smaller image) tell of.
pub(crate) fn probe(head: &[u8], tail: &[u8]) -> Option<ForeignFormat> {
    const VHD: &[u8] = b"conectix";
    // A fixed VHD has its footer at its end only; early writers made it 511 bytes long.
    let vhd_footer = tail.len() >= 512 && {
        let tail = &tail[tail.len() - 512..];
        tail.starts_with(VHD) || tail[1..].starts_with(VHD)
    };
    if head.starts_with(VHD) || vhd_footer {
        return Some(ForeignFormat::Vhd);
    }
    let at =
        |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|it| it.starts_with(magic));
    let table: [(usize, &[u8], ForeignFormat); 9] = [
        (0, b"vhdxfile", ForeignFormat::Vhdx),
        (0, b"QFI\xfb", ForeignFormat::Qcow),
        (0, b"KDMV", ForeignFormat::Vmdk),
        (0, b"COWD", ForeignFormat::Vmdk),
        (0, b"# Disk DescriptorFile", ForeignFormat::Vmdk),
        (0x40, b"\x7f\x10\xda\xbe", ForeignFormat::Vdi),
        (0, b"QED\0", ForeignFormat::Qed),
        (0, b"WithoutFreeSpace", ForeignFormat::Parallels),
        (0, b"WithouFreSpacExt", ForeignFormat::Parallels),
    ];
    let found = table.iter().find(|(offset, magic, _)| at(*offset, magic));
    found.map(|&(_, _, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_magic() {
        let zeros = [0; PROBE];
        assert_eq!(probe(&zeros, &zeros), None);
        let mut footer = zeros;
        footer[..8].copy_from_slice(b"conectix");
        assert_eq!(probe(&zeros, &footer), Some(ForeignFormat::Vhd));
        assert_eq!(probe(&footer, &zeros), Some(ForeignFormat::Vhd));
        assert_eq!(probe(b"QFI\xfb\0\0\0\x03", b""), Some(ForeignFormat::Qcow));
    }
}
