//! `skikt gc`: giving bytes back.

use clap::Args;
use shared::GcReport;

use super::{
    Failure, Place,
    output::{Align, Output, table},
    target::Target,
    words,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Show what would be done, and do nothing
    #[arg(long)]
    plan: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    place: &Place,
    output: &Output,
) -> Result<(), Failure> {
    let (target, report) = if arguments.plan {
        let target = Target::open(place).await?;
        let report = target.gc_plan().await?;
        (target, report)
    } else {
        let target = Target::open_alone(place).await?;
        let report = target.gc().await?;
        (target, report)
    };
    output.value(&report, show)?;
    target.close().await;
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
