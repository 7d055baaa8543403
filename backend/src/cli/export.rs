//! `skikt export`: a snapshot as an image file.

use std::path::{Path, PathBuf};

use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use serde::Serialize;
use shared::ExportFormat;

use super::{Failure, Place, output::Output, target::Target, words};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The snapshot: NAME, GROUP/NAME or id
    snapshot: String,
    /// The file to write: first as FILE.partial, renamed when it is whole and on disk
    file: PathBuf,
    /// The layout of the file; left out: vhd, vhdx or qcow2 if the file's name ends so, else raw
    #[arg(long, value_parser = formats())]
    format: Option<ExportFormat>,
}

/// Takes the name of a format, and knows them all.
fn formats() -> impl TypedValueParser<Value = ExportFormat> {
    let values = ExportFormat::ALL.map(|format| {
        PossibleValue::new(format.as_str()).help(match format {
            ExportFormat::Raw => "The disk's bytes, sparse: KVM, dd",
            ExportFormat::Vhd => "A fixed VHD, sparse: Azure, Hyper-V; up to 2040 GiB",
            ExportFormat::VhdDynamic => "A VHD of the blocks that hold data; up to 2040 GiB",
            ExportFormat::Qcow2 => "A qcow2 of the clusters that hold data: QEMU, Proxmox",
            ExportFormat::Vhdx => "A VHDX of the blocks that hold data: Hyper-V; up to 64 TiB",
        })
    });
    PossibleValuesParser::new(values).try_map(|text| text.parse::<ExportFormat>())
}

/// The format that a file's name asks for.
fn format_of(file: &Path) -> ExportFormat {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.and_then(ExportFormat::of_extension).unwrap_or_default()
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    length_bytes: u64,
}

pub(super) async fn run(
    arguments: Arguments,
    place: &Place,
    output: &Output,
) -> Result<(), Failure> {
    let Arguments { snapshot, file, format } = arguments;
    let format = format.unwrap_or_else(|| format_of(&file));
    let target = Target::open(place).await?;
    let length_bytes = target.export(&snapshot, &file, format).await?;
    output.value(&Written { file, length_bytes }, |written| {
        format!("{}  {}", written.file.display(), words::bytes(written.length_bytes))
    })?;
    target.close().await;
    Ok(())
}
