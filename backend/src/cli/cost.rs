//! `skikt cost`: what snapshots cost, and what full ones would.

use shared::{CostFigures, Costs};

use super::{
    Failure, Place,
    output::{Align, Output, table},
    target::Target,
    words,
};

pub(super) async fn run(place: &Place, output: &Output) -> Result<(), Failure> {
    let target = Target::open(place).await?;
    output.value(&target.costs().await?, show)?;
    target.close().await;
    Ok(())
}

fn show(costs: &Costs) -> String {
    if costs.disks.is_empty() {
        return "No snapshots yet. Take one: skikt snapshot create DISK".to_owned();
    }
    let sheet = &costs.price_sheet;
    let row = |name: &str, figures: &CostFigures| {
        let money = |micros| words::money(micros, &sheet.currency);
        vec![
            name.to_owned(),
            figures.snapshot_count.to_string(),
            words::bytes(figures.stored_bytes),
            words::bytes(figures.full_bytes),
            money(figures.cost_micros),
            money(figures.full_cost_micros),
            money(figures.saved_micros()),
        ]
    };
    let lines = costs.disks.iter().map(|line| row(line.disk_name.as_str(), &line.figures));
    let rows: Vec<_> = lines.chain([row("total", &costs.total)]).collect();
    let (left, right) = (Align::Left, Align::Right);
    let heads = [
        ("DISK", left),
        ("SNAPSHOTS", right),
        ("STORED", right),
        ("AS FULL ONES", right),
        ("A MONTH", right),
        ("AS FULL ONES", right),
        ("SAVED", right),
    ];
    format!("{}prices: {}, {}\n", table(&heads, &rows), sheet.source, sheet.dated)
}
