//! `skikt disk create`: a managed disk, empty or of a snapshot; or a snapshot as a plain file.

use std::{path::PathBuf, sync::Arc};

use clap::{ArgGroup, Args};
use engine::{AttachRequest, CreateRequest, Engine, ExportFormat, Origin};
use shared::{ByteSize, Disk, ResourcePath, Sku, Tags};

use super::super::{Failure, progress::Bar};

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
    /// Write the snapshot to a raw image file instead, and attach that
    #[arg(long, value_name = "PATH", requires = "from", conflicts_with = "size")]
    as_file: Option<PathBuf>,
    /// The storage tier of the disk itself
    #[arg(long, default_value = "Standard_LRS")]
    sku: Sku,
    /// Where its snapshots go [default: ZRS where the region has zones, else LRS]
    #[arg(long, value_name = "SKU")]
    snapshot_sku: Option<Sku>,
}

pub(super) async fn run(arguments: Create, engine: &Engine) -> Result<Disk, Failure> {
    let Create { name: path, size, from, as_file, sku, snapshot_sku } = arguments;
    let tags = Tags::default();
    let origin = match (from, size, as_file) {
        (Some(snapshot), _, Some(image)) => {
            let bar = Bar::start("export");
            let progress = Arc::<Bar>::clone(&bar);
            let exported = engine.export(&snapshot, &image, ExportFormat::Raw, progress).await;
            bar.done();
            exported?;
            let request = AttachRequest { path, image, sku, snapshot_sku, tags };
            return Ok(engine.attach(request).await?);
        }
        (Some(snapshot), size, None) => Origin::Snapshot { snapshot, size },
        (None, Some(size), _) => Origin::Empty { size },
        (None, None, _) => unreachable!("the arguments' group asks for one of them"),
    };
    let request = CreateRequest { path, sku, snapshot_sku, tags, origin };
    Ok(engine.create_disk(request).await?)
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
