//! `skikt disk`: what snapshots are taken of.

mod create;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use engine::Loss;
use shared::{
    ByteSize, Code, Disk, DiskPatch, DiskSource, NewDisk, NewDiskSource, Page, Problem,
    ResourcePath, Sku, Tags,
};

use super::{
    Failure, Place, confirm,
    output::{Align, Output, facts, table},
    target::Target,
    words,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Attach a raw image file or a block device, to be read in place
    Attach(Attach),
    /// Make a managed disk, which is kept here: empty, or of a snapshot, without copying a byte
    Create(create::Create),
    /// Make a managed disk larger
    Resize {
        /// NAME, GROUP/NAME or id
        disk: String,
        /// The new size, such as 10GiB
        #[arg(value_parser = create::size)]
        size: ByteSize,
    },
    /// List the disks
    #[command(visible_alias = "ls")]
    List,
    /// Show one disk
    Show {
        /// NAME, GROUP/NAME or id
        disk: String,
    },
    /// Let a disk go: its image is not touched, and its snapshots stay
    ///
    /// What a managed disk has that is in no snapshot goes, which must be agreed to.
    Detach {
        /// NAME, GROUP/NAME or id
        disk: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Attach {
    /// The disk's name, or GROUP/NAME
    name: ResourcePath,
    /// The image file or block device; of the server's machine, if one is named
    path: PathBuf,
    /// Send the image's bytes to the server, which keeps them as a managed disk
    #[arg(long)]
    upload: bool,
    /// The storage tier of the disk itself
    #[arg(long, default_value = "Standard_LRS")]
    sku: Sku,
    /// Where its snapshots go [default: ZRS where the region has zones, else LRS]
    #[arg(long, value_name = "SKU")]
    snapshot_sku: Option<Sku>,
}

pub(super) async fn run(command: Command, place: &Place, output: &Output) -> Result<(), Failure> {
    let target = Target::open(place).await?;
    match command {
        Command::Attach(Attach { name, path, upload, sku, snapshot_sku }) => {
            let source = NewDiskSource::Attached { path: text(&path)? };
            let new = new_disk(name, sku, snapshot_sku, source);
            let disk =
                if upload { target.upload(new, &path)? } else { target.create_disk(new).await? };
            output.value(&disk, show)?;
        }
        Command::Create(arguments) => {
            output.value(&target.create_disk(arguments.new_disk()?).await?, show)?;
        }
        Command::Resize { disk, size } => {
            let patch = DiskPatch { size_bytes: Some(size), ..DiskPatch::default() };
            output.value(&target.update_disk(&disk, patch).await?, show)?;
        }
        Command::List => {
            output.value(&Page::whole(target.disks().await?), |page| list(&page.items))?;
        }
        Command::Show { disk } => output.value(&target.disk(&disk).await?, show)?,
        Command::Detach { disk, yes } => {
            let shown = target.disk(&disk).await?;
            let mut loss = if yes { Loss::Accepted } else { Loss::Refused };
            if let DiskSource::Managed { dirty_bytes: 1.., .. } = shown.source {
                let (_, place) = source(&shown);
                confirm(&format!("Detach {}? {place} will be lost.", name(&shown)), yes)?;
                loss = Loss::Accepted;
            }
            target.detach(&shown, loss).await?;
            output.value(&shown, |disk| {
                format!("detached {}; its {} snapshots stay", disk.name, disk.snapshot_count)
            })?;
        }
    }
    target.close().await;
    Ok(())
}

/// What a new disk is to be.
fn new_disk(
    path: ResourcePath,
    sku: Sku,
    snapshot_sku: Option<Sku>,
    source: NewDiskSource,
) -> NewDisk {
    let ResourcePath { group, name } = path;
    let (group, sku, tags) = (Some(group), Some(sku), Tags::default());
    NewDisk { name, group, sku, snapshot_sku, tags, source }
}

/// A path as it crosses the wire.
fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::Refused(Problem {
            code: Code::SourceNotADisk,
            detail: format!("{} is a path that is not UTF-8", path.display()),
            help: Some("give the image a name in UTF-8".to_owned()),
        })
    })
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
    let (where_it_is, made) = match &disk.source {
        DiskSource::Attached { .. } => ([("image", place), ("format", format)], "attached"),
        DiskSource::Managed { origin, .. } => {
            let origin = origin.map_or_else(|| "nothing".to_owned(), |id| id.to_string());
            ([("written", place), ("made from", origin)], "made")
        }
    };
    let [place, origin] = where_it_is;
    facts(&[
        ("name", name(disk)),
        ("id", disk.id.to_string()),
        ("size", words::exact(disk.size_bytes.bytes())),
        place,
        origin,
        ("tier", disk.sku.to_string()),
        ("region", disk.region.to_string()),
        ("snapshots on", snapshot_sku),
        ("snapshots", disk.snapshot_count.to_string()),
        (made, words::time(disk.created_at)),
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
