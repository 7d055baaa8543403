//! `skikt gc`: giving bytes back.

use clap::Args;
use shared::GcReport;

use super::{
    Data, Failure,
    output::{Align, Output, table},
    words,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Show what would be done, and do nothing
    #[arg(long)]
    plan: bool,
}

pub(super) async fn run(arguments: Arguments, data: &Data, output: &Output) -> Result<(), Failure> {
    let (engine, report) = if arguments.plan {
        let engine = data.open().await?;
        let report = engine.gc_plan().await?;
        (engine, report)
    } else {
        let engine = data.open_alone().await?;
        let report = engine.gc().await?;
        (engine, report)
    };
    output.value(&report, show)?;
    engine.close().await;
    Ok(())
}

fn show(report: &GcReport) -> String {
    let rows: Vec<_> = report
        .pools
        .iter()
        .map(|pool| {
            vec![
                pool.pool.to_string(),
                words::bytes(pool.bytes_before),
                words::bytes(pool.bytes_after),
                pool.packs_deleted.to_string(),
                pool.packs_rewritten.to_string(),
            ]
        })
        .collect();
    let (left, right) = (Align::Left, Align::Right);
    let heads = [
        ("POOL", left),
        ("BEFORE", right),
        ("AFTER", right),
        ("PACKS DELETED", right),
        ("PACKS REWRITTEN", right),
    ];
    let verb = if report.applied { "freed" } else { "would free" };
    format!("{}{verb} {}\n", table(&heads, &rows), words::exact(report.freed_bytes))
}
