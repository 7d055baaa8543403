//! `skikt diff`: which blocks differ.

use std::io::{BufWriter, Write};

use clap::{Args, ValueEnum};
use engine::{DiffSummary, Granularity};
use shared::{Diff, DiffItem, DiffKind};

use super::{
    Failure, Place,
    output::{self, Output},
    target::Target,
    words,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The snapshot to compare from: NAME, GROUP/NAME or id
    base: String,
    /// The snapshot to compare to, older or newer, of the same disk
    target: String,
    /// The unit in which change is told: 4096, found without reading data, or 512
    #[arg(long, value_enum, default_value_t = Unit::Block, value_name = "BYTES")]
    granularity: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    #[value(name = "4096")]
    Block,
    #[value(name = "512")]
    Sector,
}

pub(super) async fn run(
    arguments: Arguments,
    place: &Place,
    output: &Output,
) -> Result<(), Failure> {
    let granularity = match arguments.granularity {
        Unit::Block => Granularity::Block,
        Unit::Sector => Granularity::Sector,
    };
    let (base, target) = (&arguments.base, &arguments.target);
    let place = Target::open(place).await?;
    if output.is_json() {
        let mut items = Vec::new();
        let summary =
            place.diff(base, target, granularity, &mut |item: DiffItem| items.push(item)).await?;
        let DiffSummary { base, target, changed_bytes, cleared_bytes } = summary;
        let granularity_bytes = granularity.bytes();
        let next = None;
        let diff =
            Diff { base, target, granularity_bytes, changed_bytes, cleared_bytes, items, next };
        let mut stdout = BufWriter::new(std::io::stdout().lock());
        serde_json::to_writer(&mut stdout, &diff).map_err(std::io::Error::from)?;
        writeln!(stdout)?;
        stdout.flush()?;
    } else {
        let mut rows = String::new();
        let mut print = Ok(());
        let summary = place
            .diff(base, target, granularity, &mut |item: DiffItem| {
                rows += &row(item);
                if rows.len() > 1 << 16 && print.is_ok() {
                    print = output::print(rows.as_bytes());
                    rows.clear();
                }
            })
            .await?;
        print?;
        rows += &format!(
            "{} to {}: {} changed, {} cleared\n",
            summary.base.name,
            summary.target.name,
            words::bytes(summary.changed_bytes),
            words::bytes(summary.cleared_bytes)
        );
        output::print(rows.as_bytes())?;
    }
    place.close().await;
    Ok(())
}

fn row(item: DiffItem) -> String {
    let kind = match item.kind {
        DiffKind::Changed => "changed",
        DiffKind::Cleared => "cleared",
    };
    format!("{kind}  {:>14}  {:>10}\n", item.offset_bytes, words::bytes(item.length_bytes))
}
