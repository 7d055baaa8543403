//! The layouts in which a snapshot can be had as an image file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ByteSize;

/// The layout of an exported image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// The disk's bytes and nothing else.
    #[default]
    Raw,
    /// A fixed VHD: the disk's bytes and a footer.
    Vhd,
    /// A dynamic VHD: blocks of 2 MiB, those that hold data.
    VhdDynamic,
    /// A qcow2 of version 3: clusters of 256 KiB, those that hold data.
    Qcow2,
    /// A dynamic VHDX: blocks of 2 MiB or more, those that hold data.
    Vhdx,
}

/// Text that names no format.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no format; there are raw, vhd, vhd-dynamic, qcow2 and vhdx")]
pub struct ParseExportFormatError(String);

impl ExportFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Vhd, Self::VhdDynamic, Self::Qcow2, Self::Vhdx];

    /// The format as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Vhd => "vhd",
            Self::VhdDynamic => "vhd-dynamic",
            Self::Qcow2 => "qcow2",
            Self::Vhdx => "vhdx",
        }
    }

    /// What the names of such files end in.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Raw => "img",
            Self::Vhd | Self::VhdDynamic => "vhd",
            Self::Qcow2 => "qcow2",
            Self::Vhdx => "vhdx",
        }
    }

    /// The format that a file's extension asks for, in any case: `vhd` for the fixed one, and
    /// nothing for those that could be anything.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let named = |format: &Self| extension.eq_ignore_ascii_case(format.extension());
        Self::ALL.into_iter().find(named)
    }

    /// The largest disk that it holds.
    pub const fn largest(self) -> ByteSize {
        const VHD: ByteSize = size(2040 << 30);
        const VHDX: ByteSize = size(64 << 40);
        match self {
            Self::Raw | Self::Qcow2 => ByteSize::MAX,
            Self::Vhd | Self::VhdDynamic => VHD,
            Self::Vhdx => VHDX,
        }
    }
}

/// A size that is one.
const fn size(bytes: u64) -> ByteSize {
    match ByteSize::new(bytes) {
        Ok(size) => size,
        Err(_) => panic!("a format's limit is a size of a disk"),
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ExportFormat {
    type Err = ParseExportFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| ParseExportFormatError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_one_spelling() {
        for format in ExportFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            assert_eq!(serde_json::to_string(&format).unwrap(), format!("\"{format}\""));
        }
        let refused = "iso".parse::<ExportFormat>().unwrap_err().to_string();
        assert!(ExportFormat::ALL.iter().all(|format| refused.contains(format.as_str())));
    }

    #[test]
    fn an_extension_asks_for_the_format_that_it_is_of() {
        for (extension, format) in [
            ("img", Some(ExportFormat::Raw)),
            ("vhd", Some(ExportFormat::Vhd)),
            ("VHDX", Some(ExportFormat::Vhdx)),
            ("qcow2", Some(ExportFormat::Qcow2)),
            ("vmdk", None),
            ("", None),
        ] {
            assert_eq!(ExportFormat::of_extension(extension), format, "{extension}");
        }
    }
}
