//! `skikt export`: a snapshot as an image file.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::ExportFormat;
use serde::Serialize;

use super::{Failure, Place, output::Output, target::Target, words};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The snapshot: NAME, GROUP/NAME or id
    snapshot: String,
    /// The file to write: first as FILE.partial, renamed when it is whole and on disk
    file: PathBuf,
    /// The layout of the file
    #[arg(long, value_enum, default_value_t = Layout::Raw)]
    format: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// The disk's bytes, sparse
    Raw,
    /// A fixed VHD, sparse
    Vhd,
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
    let format = match format {
        Layout::Raw => ExportFormat::Raw,
        Layout::Vhd => ExportFormat::Vhd,
    };
    let target = Target::open(place).await?;
    let length_bytes = target.export(&snapshot, &file, format).await?;
    output.value(&Written { file, length_bytes }, |written| {
        format!("{}  {}", written.file.display(), words::bytes(written.length_bytes))
    })?;
    target.close().await;
    Ok(())
}
