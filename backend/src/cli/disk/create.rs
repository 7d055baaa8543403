//! `skikt disk create`: a managed disk, empty or of a snapshot; or a snapshot as a plain file.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use shared::{ByteSize, NewDisk, NewDiskSource, ResourcePath, Sku};

use super::super::Failure;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("origin").required(true).multiple(true).args(["size", "from"])))]
pub(in super::super) struct Create {
    /// The disk's name, or GROUP/NAME
    name: ResourcePath,
    /// Its size, such as 10GiB or 512MiB [default: the snapshot's]
    #[arg(long, value_parser = size)]
    size: Option<ByteSize>,
    /// The snapshot whose bytes it begins with: NAME, GROUP/NAME or id
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<String>,
    /// Write the snapshot to a raw image file instead, and attach that; a path of the server's
    /// machine, if one is named
    #[arg(long, value_name = "PATH", requires = "from", conflicts_with = "size")]
    as_file: Option<PathBuf>,
    /// The storage tier of the disk itself
    #[arg(long, default_value = "Standard_LRS")]
    sku: Sku,
    /// Where its snapshots go [default: ZRS where the region has zones, else LRS]
    #[arg(long, value_name = "SKU")]
    snapshot_sku: Option<Sku>,
}

impl Create {
    /// What the new disk is to be.
    pub(super) fn new_disk(self) -> Result<NewDisk, Failure> {
        let Self { name, size, from, as_file, sku, snapshot_sku } = self;
        let source = match (from, size) {
            (Some(snapshot), size_bytes) => {
                let as_file = as_file.as_deref().map(super::text).transpose()?;
                NewDiskSource::Snapshot { snapshot, size_bytes, as_file }
            }
            (None, Some(size_bytes)) => NewDiskSource::Empty { size_bytes },
            (None, None) => unreachable!("the arguments' group asks for one of them"),
        };
        Ok(super::new_disk(name, sku, snapshot_sku, source))
    }
}

/// Reads a size: bytes, or a number with a binary unit.
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_start() {
        "" | "B" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        "T" | "TiB" => 40,
        _ => return Err("give bytes, or a number with KiB, MiB, GiB or TiB".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "give a whole number".to_owned())?;
    let bytes = number.checked_mul(1 << shift).ok_or("that is too large")?;
    ByteSize::new(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_bytes_or_has_a_binary_unit() {
        let bytes = |text| size(text).map(ByteSize::bytes);
        assert_eq!(bytes("512"), Ok(512));
        assert_eq!(bytes("10GiB"), Ok(10 << 30));
        assert_eq!(bytes("2 T"), Ok(2 << 40));
        for wrong in ["", "GiB", "1.5G", "10GB", "513", "99999999T", "-1"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
