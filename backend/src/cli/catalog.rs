//! `skikt catalog`: the index over what the store holds.

use clap::Subcommand;
use engine::{Access, Engine, RebuildReport};

use super::{Failure, Place, options, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make the catalog again from the store: disks, snapshots and the index of packs
    Rebuild,
}

pub(super) async fn run(command: Command, place: &Place, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Rebuild => {
            let report = Engine::rebuild(place.data()?, options(Access::Exclusive)).await?;
            Ok(output.value(&report, show)?)
        }
    }
}

fn show(report: &RebuildReport) -> String {
    let mut text = format!(
        "rebuilt: {} disks, {} snapshots, {} packs indexed\n",
        report.disks, report.snapshots, report.packs_indexed
    );
    for unreadable in &report.unreadable {
        text += &format!("left out: {unreadable}\n");
    }
    text
}
