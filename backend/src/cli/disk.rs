//! `skikt disk`: what snapshots are taken of.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use engine::AttachRequest;
use shared::{Disk, DiskSource, Page, ResourcePath, Sku, Tags};

use super::{
    Data, Failure,
    output::{Align, Output, facts, table},
    words,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Attach a raw image file or a block device, to be read in place
    Attach(Attach),
    /// List the disks
    #[command(visible_alias = "ls")]
    List,
    /// Show one disk
    Show {
        /// NAME, GROUP/NAME or id
        disk: String,
    },
    /// Let a disk go: its image is not touched, and its snapshots stay
    Detach {
        /// NAME, GROUP/NAME or id
        disk: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Attach {
    /// The disk's name, or GROUP/NAME
    name: ResourcePath,
    /// The image file or block device
    path: PathBuf,
    /// The storage tier of the disk itself
    #[arg(long, default_value = "Premium_LRS")]
    sku: Sku,
    /// Where its snapshots go [default: ZRS where the region has zones, else LRS]
    #[arg(long, value_name = "SKU")]
    snapshot_sku: Option<Sku>,
}

pub(super) async fn run(command: Command, data: &Data, output: &Output) -> Result<(), Failure> {
    let engine = data.open().await?;
    match command {
        Command::Attach(Attach { name, path, sku, snapshot_sku }) => {
            let tags = Tags::default();
            let request = AttachRequest { path: name, image: path, sku, snapshot_sku, tags };
            output.value(&engine.attach(request).await?, show)?;
        }
        Command::List => {
            output.value(&Page::whole(engine.disks().await?), |page| list(&page.items))?;
        }
        Command::Show { disk } => output.value(&engine.disk(&disk).await?, show)?,
        Command::Detach { disk } => output.value(&engine.detach(&disk).await?, |disk| {
            format!("detached {}; its {} snapshots stay", disk.name, disk.snapshot_count)
        })?,
    }
    engine.close().await;
    Ok(())
}

/// The disks as a table.
pub(super) fn list(disks: &[Disk]) -> String {
    if disks.is_empty() {
        return "No disks yet. Attach one: skikt disk attach NAME IMAGE".to_owned();
    }
    let rows: Vec<_> = disks
        .iter()
        .map(|disk| {
            let (format, place) = source(disk);
            vec![
                name(disk),
                words::bytes(disk.size_bytes.bytes()),
                disk.snapshot_count.to_string(),
                disk.sku.to_string(),
                format,
                place,
            ]
        })
        .collect();
    let (left, right) = (Align::Left, Align::Right);
    let heads = [
        ("NAME", left),
        ("SIZE", right),
        ("SNAPSHOTS", right),
        ("TIER", left),
        ("FORMAT", left),
        ("IMAGE", left),
    ];
    table(&heads, &rows)
}

fn show(disk: &Disk) -> String {
    let (format, place) = source(disk);
    let snapshot_sku =
        disk.snapshot_sku.map_or_else(|| "automatic".to_owned(), |sku| sku.to_string());
    facts(&[
        ("name", name(disk)),
        ("id", disk.id.to_string()),
        ("size", words::exact(disk.size_bytes.bytes())),
        ("image", place),
        ("format", format),
        ("tier", disk.sku.to_string()),
        ("region", disk.region.to_string()),
        ("snapshots on", snapshot_sku),
        ("snapshots", disk.snapshot_count.to_string()),
        ("attached", words::time(disk.created_at)),
    ])
}

/// The format of a disk, and where its bytes are.
fn source(disk: &Disk) -> (String, String) {
    match &disk.source {
        DiskSource::Attached { path, format } => (format.to_string(), path.clone()),
        DiskSource::Managed { dirty_bytes, .. } => {
            ("managed".to_owned(), format!("{} not in a snapshot", words::bytes(*dirty_bytes)))
        }
    }
}

fn name(disk: &Disk) -> String {
    ResourcePath { group: disk.group.clone(), name: disk.name.clone() }.to_string()
}
