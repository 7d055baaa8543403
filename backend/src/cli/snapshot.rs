//! `skikt snapshot`: disks as they were.

use clap::{Args, Subcommand};
use engine::Created;
use shared::{
    Consistency, Name, NewSnapshot, Page, ResourcePath, Sku, Snapshot, SnapshotKind, Tags,
    VerifyReport,
};

use super::{
    Failure, Place, confirm,
    output::{self, Align, Output, facts, table},
    progress::Bar,
    target::Target,
    words,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take a snapshot of a disk: what changed since the last one, usable as the whole disk
    Create(Create),
    /// List snapshots, oldest first
    #[command(visible_alias = "ls")]
    List {
        /// Only those of this disk: NAME, GROUP/NAME or id
        #[arg(long)]
        disk: Option<String>,
    },
    /// Show one snapshot with all its sizes
    Show {
        /// NAME, GROUP/NAME or id
        snapshot: String,
    },
    /// Delete a snapshot; the others stay whole, whatever the order
    Delete {
        /// NAME, GROUP/NAME or id; several in turn
        #[arg(required = true)]
        snapshots: Vec<String>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Read every stored byte of snapshots and check it; name every damaged range
    Verify {
        /// NAME, GROUP/NAME or id
        #[arg(required_unless_present = "all")]
        snapshots: Vec<String>,
        /// All snapshots
        #[arg(long, conflicts_with = "snapshots")]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The disk: NAME, GROUP/NAME or id
    disk: String,
    /// The snapshot's name [default: the disk's name and the time]
    #[arg(long)]
    name: Option<Name>,
    /// Take a full snapshot: independent, sharing no stored byte with any other
    #[arg(long)]
    full: bool,
    /// Where it is kept; incremental snapshots are on standard storage only
    #[arg(long)]
    sku: Option<Sku>,
    /// Go on when the disk changes while it is read; the snapshot is marked as fuzzy
    #[arg(long)]
    allow_changing: bool,
}

pub(super) async fn run(command: Command, place: &Place, output: &Output) -> Result<(), Failure> {
    let target = Target::open(place).await?;
    let done = match command {
        Command::Create(arguments) => create(&target, arguments, output).await,
        Command::List { disk } => {
            let snapshots = target.snapshots(disk.as_deref()).await?;
            Ok(output.value(&Page::whole(snapshots), |page| list(&page.items))?)
        }
        Command::Show { snapshot } => {
            let snapshot = target.snapshot(&snapshot).await?;
            let base = match snapshot.base_id {
                Some(id) => target.snapshots(None).await?.into_iter().find(|it| it.id == id),
                None => None,
            };
            Ok(output.value(&snapshot, |snapshot| show(snapshot, base.as_ref()))?)
        }
        Command::Delete { snapshots, yes } => delete(&target, &snapshots, yes, output).await,
        Command::Verify { snapshots, all } => verify(&target, snapshots, all, output).await,
    };
    target.close().await;
    done
}

async fn create(target: &Target, arguments: Create, output: &Output) -> Result<(), Failure> {
    let Create { disk, name, full, sku, allow_changing } = arguments;
    let new = NewSnapshot {
        name,
        kind: if full { SnapshotKind::Full } else { SnapshotKind::Incremental },
        sku,
        tags: Tags::default(),
        allow_changing,
    };
    let Created { snapshot, first_in_pool } = target.create_snapshot(disk, new).await?;
    if first_in_pool {
        output::note(&format!(
            "note: the first one on {} is complete: it stores {}",
            snapshot.sku,
            words::bytes(snapshot.sizes.stored)
        ));
    }
    Ok(output.value(&snapshot, |snapshot| {
        let sizes = &snapshot.sizes;
        format!(
            "{}  {} of {}: {} changed, {} cleared, {} stored",
            name_of(snapshot),
            snapshot.kind,
            snapshot.disk_name,
            words::bytes(sizes.changed),
            words::bytes(sizes.cleared),
            words::bytes(sizes.stored)
        )
    })?)
}

async fn delete(
    target: &Target,
    snapshots: &[String],
    yes: bool,
    output: &Output,
) -> Result<(), Failure> {
    // Each must be there before any goes.
    let known = target.snapshots(None).await?;
    let find = |text: &String| {
        let path = text.parse::<ResourcePath>().map(|path| path.to_string()).ok();
        let by_id = known.iter().find(|it| it.id.to_string() == *text);
        let found = by_id.or_else(|| known.iter().find(|it| Some(name_of(it)) == path));
        found.ok_or_else(|| engine::Error::SnapshotNotFound(text.clone()))
    };
    let mut doomed: Vec<&Snapshot> = Vec::new();
    for text in snapshots {
        let snapshot = find(text)?;
        if !doomed.contains(&snapshot) {
            doomed.push(snapshot);
        }
    }
    confirm(&format!("Delete {}? This cannot be undone.", snapshots.join(", ")), yes)?;
    let (mut deleted, mut failure) = (Vec::new(), None);
    for snapshot in doomed {
        if let Err(error) = target.delete(snapshot).await {
            failure = Some(error);
            break;
        }
        deleted.push(snapshot.clone());
    }
    if !deleted.is_empty() {
        output.value(&Page::whole(deleted), |page| {
            let names: Vec<_> = page.items.iter().map(name_of).collect();
            format!("deleted {}; `skikt gc` gives their bytes back", names.join(", "))
        })?;
    }
    failure.map_or(Ok(()), Err)
}

async fn verify(
    target: &Target,
    snapshots: Vec<String>,
    all: bool,
    output: &Output,
) -> Result<(), Failure> {
    let snapshots = if all {
        target.snapshots(None).await?.into_iter().map(|it| it.id.to_string()).collect()
    } else {
        snapshots
    };
    let mut reports = Vec::new();
    let bar = Bar::start("verify");
    for snapshot in &snapshots {
        let report = target.verify(snapshot, &bar).await;
        if report.is_err() {
            bar.done();
        }
        reports.push(report?);
    }
    bar.done();
    let damaged = reports.iter().any(|report| !report.damage.is_empty());
    output.value(&Page::whole(reports), |page| page.items.iter().map(verified).collect())?;
    if damaged { Err(Failure::Found) } else { Ok(()) }
}

fn verified(report: &VerifyReport) -> String {
    let mut text = if report.damage.is_empty() {
        format!("{}  whole: {} read back\n", report.name, words::bytes(report.verified_bytes))
    } else {
        format!("{}  DAMAGED in {} ranges\n", report.name, report.damage.len())
    };
    for damage in &report.damage {
        let end = damage.offset_bytes + damage.length_bytes;
        text += &format!("  bytes {} to {end}: {}\n", damage.offset_bytes, damage.reason);
    }
    text
}

fn list(snapshots: &[Snapshot]) -> String {
    if snapshots.is_empty() {
        return "No snapshots yet. Take one: skikt snapshot create DISK".to_owned();
    }
    let rows: Vec<_> = snapshots
        .iter()
        .map(|snapshot| {
            let sizes = &snapshot.sizes;
            vec![
                name_of(snapshot),
                snapshot.disk_name.to_string(),
                words::time(snapshot.created_at),
                snapshot.kind.to_string(),
                snapshot.sku.to_string(),
                words::bytes(sizes.provisioned.bytes()),
                words::bytes(sizes.changed),
                words::bytes(sizes.stored),
            ]
        })
        .collect();
    let (left, right) = (Align::Left, Align::Right);
    let heads = [
        ("NAME", left),
        ("DISK", left),
        ("TAKEN", left),
        ("KIND", left),
        ("STORAGE", left),
        ("SIZE", right),
        ("CHANGED", right),
        ("STORED", right),
    ];
    table(&heads, &rows)
}

fn show(snapshot: &Snapshot, base: Option<&Snapshot>) -> String {
    let sizes = &snapshot.sizes;
    let consistency = match snapshot.consistency {
        Consistency::Exact => "exact",
        Consistency::Fuzzy => "fuzzy: the disk may have changed while it was read",
    };
    let base = match (snapshot.base_id, base) {
        (None, _) => "none: it stands alone".to_owned(),
        (Some(_), Some(base)) => name_of(base),
        (Some(id), None) => format!("{id}, deleted since"),
    };
    let mut lines = vec![
        ("name", name_of(snapshot)),
        ("id", snapshot.id.to_string()),
        ("disk", snapshot.disk_name.to_string()),
        ("taken", words::time(snapshot.created_at)),
        ("kind", snapshot.kind.to_string()),
        ("base", base),
        ("region", snapshot.region.to_string()),
        ("storage", snapshot.sku.to_string()),
        ("consistency", consistency.to_owned()),
        ("digest", snapshot.digest.to_string()),
        ("provisioned", words::exact(sizes.provisioned.bytes())),
        ("allocated", words::exact(sizes.allocated)),
        ("changed", words::exact(sizes.changed)),
        ("cleared", words::exact(sizes.cleared)),
        ("stored", words::exact(sizes.stored)),
        ("stored, all zones", words::exact(sizes.stored_all_zones)),
    ];
    if let Some(exclusive) = snapshot.exclusive_bytes {
        lines.push(("exclusive", words::exact(exclusive)));
    }
    if let Some(freeable) = snapshot.freeable_bytes {
        lines.push(("freeable", words::exact(freeable)));
    }
    facts(&lines)
}

fn name_of(snapshot: &Snapshot) -> String {
    ResourcePath { group: snapshot.group.clone(), name: snapshot.name.clone() }.to_string()
}
