//! `skikt diff`: which blocks differ.

use std::io::{BufWriter, Write};

use clap::{Args, ValueEnum};
use engine::Granularity;
use shared::{DiffItem, DiffKind};

use super::{
    Data, Failure,
    output::{self, Output},
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

pub(super) async fn run(arguments: Arguments, data: &Data, output: &Output) -> Result<(), Failure> {
    let granularity = match arguments.granularity {
        Unit::Block => Granularity::Block,
        Unit::Sector => Granularity::Sector,
    };
    let Arguments { base, target, .. } = &arguments;
    let engine = data.open().await?;
    if output.is_json() {
        let diff = engine.diff_items(base, target, granularity).await?;
        let mut stdout = BufWriter::new(std::io::stdout().lock());
        serde_json::to_writer(&mut stdout, &diff).map_err(std::io::Error::from)?;
        writeln!(stdout)?;
        stdout.flush()?;
    } else {
        let mut rows = String::new();
        let mut print = Ok(());
        let summary = engine
            .diff(base, target, granularity, None, &mut |item: DiffItem| {
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
    engine.close().await;
    Ok(())
}

fn row(item: DiffItem) -> String {
    let kind = match item.kind {
        DiffKind::Changed => "changed",
        DiffKind::Cleared => "cleared",
    };
    format!("{kind}  {:>14}  {:>10}\n", item.offset_bytes, words::bytes(item.length_bytes))
}
