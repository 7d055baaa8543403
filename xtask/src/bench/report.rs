//! What a run brought, as tables for people and as JSON for scripts.

use std::time::Duration;

use super::{
    bytes::Bytes,
    claim::{Claim, Reach, Unit, Verdict},
    contest::Series,
    json::Value,
    machine::Machine,
    rows::{Outcome, Row},
};

/// A row and what became of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) row: &'static Row,
    /// Its figures, or why there are none.
    pub(super) outcome: Result<Outcome, String>,
}

impl Done {
    /// Whether the row or one of its sides failed.
    pub(super) fn failed(&self) -> bool {
        self.outcome
            .as_ref()
            .map_or(true, |outcome| outcome.series.iter().any(|series| series.failure.is_some()))
    }

    /// The row's table.
    pub(super) fn table(&self) -> String {
        let Row { name, what, .. } = self.row;
        let outcome = match &self.outcome {
            Ok(outcome) => outcome,
            Err(error) => return format!("\n{name}: {what}\n  failed: {error}\n"),
        };
        let mut text = format!("\n{name}: {what}\n  on a {}\n\n", outcome.on);
        let heads = ["", "best", "median", "worst", "CPU", "memory", "stored", "others"];
        let mut lines = vec![heads.map(str::to_owned)];
        lines.extend(outcome.series.iter().filter(|it| it.failure.is_none()).map(line));
        text += &columns(&lines);
        for series in &outcome.series {
            if let Some(failure) = &series.failure {
                text += &format!("  {} failed: {failure}\n", series.name);
            }
        }
        text += "\n";
        let claims = outcome.claims.iter().map(|claim| {
            let verdict = claim.verdict().to_string();
            [claim.shown(), claim.what.to_owned(), claim.reach_shown(), verdict]
        });
        text += &columns(&claims.collect::<Vec<_>>());
        for note in &outcome.notes {
            text += &format!("  {note}\n");
        }
        text
    }
}

/// One side's line.
fn line(series: &Series) -> [String; 8] {
    let best = series.best();
    let shown = |time: Option<Duration>| time.map(seconds).unwrap_or_default();
    let bytes = |bytes: Option<Bytes>| bytes.map(|it| it.to_string()).unwrap_or_default();
    let others: f64 = series.samples.iter().map(|sample| sample.others).sum();
    [
        series.name.to_owned(),
        shown(best.map(|best| best.usage.wall)),
        shown(series.median()),
        shown(series.walls().last().copied()),
        shown(best.map(|best| best.usage.cpu)),
        bytes(series.peak()),
        bytes(series.stored_by_each()),
        format!("{:.1}", others / series.samples.len() as f64),
    ]
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}

/// Cells below each other; names to the left, figures to the right.
fn columns<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| {
            let is_figure = cell.starts_with(|letter: char| letter.is_ascii_digit());
            let is_head = lines[0][0].is_empty() && *line == lines[0];
            if is_figure || is_head { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text += &format!("  {}", cells.collect::<Vec<_>>().join("  "));
        text.truncate(text.trim_end().len());
        text += "\n";
    }
    text
}

/// The last lines: what was reached and what was not.
pub(super) fn sum_up(all: &[Done]) -> String {
    let claims: Vec<(&str, &Claim)> = all
        .iter()
        .filter_map(|done| Some((done.row.name, done.outcome.as_ref().ok()?)))
        .flat_map(|(name, outcome)| outcome.claims.iter().map(move |claim| (name, claim)))
        .collect();
    let with = |verdict: Verdict| claims.iter().filter(move |(_, it)| it.verdict() == verdict);
    let mut text = format!("\n{} of {} reached\n", with(Verdict::Reached).count(), claims.len());
    for verdict in [Verdict::Missed, Verdict::NotMeasured] {
        for (name, claim) in with(verdict) {
            let (shown, reach) = (claim.shown(), claim.reach_shown());
            text += &format!("  {verdict}: {name}: {shown} {}, to be {reach}\n", claim.what);
        }
    }
    for done in all.iter().filter(|done| done.failed()) {
        text += &format!("  failed: {}, see above\n", done.row.name);
    }
    text
}

/// All of it for scripts: times in seconds, sizes in bytes.
pub(super) fn json(machine: &Machine, size: Bytes, rounds: usize, all: &[Done]) -> Value {
    let bytes = |bytes: Bytes| Value::from(bytes.0 as f64);
    Value::Object(vec![
        ("date", machine.date.as_str().into()),
        ("program", machine.program.as_str().into()),
        ("processor", machine.processor.as_str().into()),
        ("cores", (machine.cores as f64).into()),
        ("memory_bytes", bytes(machine.memory)),
        ("system", machine.system.as_str().into()),
        ("file_system", machine.file_system.as_str().into()),
        ("load", machine.load.parse::<f64>().ok().into()),
        ("programs", machine.versions.iter().map(String::as_str).collect()),
        ("size_bytes", bytes(size)),
        ("rounds", (rounds as f64).into()),
        ("rows", Value::List(all.iter().map(row).collect())),
    ])
}

fn row(done: &Done) -> Value {
    let mut fields = vec![("name", done.row.name.into()), ("what", done.row.what.into())];
    match &done.outcome {
        Err(error) => fields.push(("failure", error.as_str().into())),
        Ok(outcome) => {
            fields.push(("on", outcome.on.as_str().into()));
            fields.push(("sides", Value::List(outcome.series.iter().map(side).collect())));
            fields.push(("claims", Value::List(outcome.claims.iter().map(claim).collect())));
            fields.push(("notes", outcome.notes.iter().map(String::as_str).collect()));
        }
    }
    Value::Object(fields)
}

fn side(series: &Series) -> Value {
    let samples = series.samples.iter().map(|sample| {
        Value::Object(vec![
            ("wall_seconds", sample.usage.wall.as_secs_f64().into()),
            ("cpu_seconds", sample.usage.cpu.as_secs_f64().into()),
            ("peak_bytes", (sample.usage.peak.0 as f64).into()),
            ("stored_bytes", sample.stored.map(|stored| stored.0 as f64).into()),
            ("others_cores", sample.others.into()),
        ])
    });
    Value::Object(vec![
        ("name", series.name.into()),
        ("failure", series.failure.as_deref().into()),
        ("samples", Value::List(samples.collect())),
    ])
}

fn claim(claim: &Claim) -> Value {
    let unit = match claim.unit {
        Unit::Times => "times",
        Unit::Milliseconds => "milliseconds",
        Unit::Bytes => "bytes",
    };
    let (bound, reach) = match claim.reach {
        Reach::AtMost(most) => ("at_most", most),
        Reach::AtLeast(least) => ("at_least", least),
    };
    let reached = match claim.verdict() {
        Verdict::Reached => Value::Bool(true),
        Verdict::Missed => Value::Bool(false),
        Verdict::NotMeasured => Value::Null,
    };
    Value::Object(vec![
        ("what", claim.what.into()),
        ("value", claim.value.into()),
        ("unit", unit.into()),
        (bound, reach.into()),
        ("reached", reached),
    ])
}

#[cfg(test)]
mod tests {
    use super::{
        super::{contest::tests::sample, rows::ROWS},
        *,
    };

    fn done() -> Done {
        let series = |name, walls: &[u64]| Series {
            name,
            samples: walls.iter().map(|wall| sample(*wall).storing(Bytes::mib(*wall))).collect(),
            failure: None,
        };
        let ours = series("skikt", &[300, 200, 250]);
        let theirs = series("b3sum", &[400, 12_000, 100]);
        let failed =
            Series { name: "restic", samples: Vec::new(), failure: Some("no room".to_owned()) };
        let claims = vec![
            Claim::time_of("the time of b3sum", &ours, &theirs, 1.5),
            Claim::as_fast_as("as fast as restic", &ours, &failed, 2.0),
        ];
        let series = vec![ours, theirs, failed];
        let notes = vec!["as it was".to_owned()];
        Done {
            row: &ROWS[0],
            outcome: Ok(Outcome { on: "small disk".to_owned(), series, claims, notes }),
        }
    }

    #[test]
    fn a_rows_table_shows_misses_and_failures() {
        let expected = "
unchanged: snapshot of an unchanged disk, a fifth or more of it holes
  on a small disk

            best   median    worst      CPU     memory     stored  others
  skikt  0.200 s  0.250 s  0.300 s  0.400 s  300.0 MiB  250.0 MiB     0.0
  b3sum  0.100 s  0.400 s   12.0 s  0.200 s   11.7 GiB    4.1 GiB     0.0
  restic failed: no room

  2.00 ×  the time of b3sum  ≤ 1.50 ×  MISSED
  ?       as fast as restic  ≥ 2.00 ×  not measured
  as it was
";
        assert_eq!(done().table(), expected);
        assert!(done().failed());
    }

    #[test]
    fn the_last_lines_name_what_was_missed() {
        let broken = Done { row: &ROWS[2], outcome: Err("no disk".to_owned()) };
        assert_eq!(broken.table(), "\nfirst: first snapshot of a disk\n  failed: no disk\n");
        let expected = "
0 of 2 reached
  MISSED: unchanged: 2.00 × the time of b3sum, to be ≤ 1.50 ×
  not measured: unchanged: ? as fast as restic, to be ≥ 2.00 ×
  failed: unchanged, see above
  failed: first, see above
";
        assert_eq!(sum_up(&[done(), broken]), expected);
    }

    #[test]
    fn scripts_get_every_sample() {
        let text = row(&done()).to_string();
        assert!(text.starts_with(r#"{"name":"unchanged","what":"snapshot of"#), "{text}");
        assert!(text.contains(r#""wall_seconds":0.3,"cpu_seconds":0.6,"peak_bytes":314572800"#));
        assert!(text.contains(r#""name":"restic","failure":"no room","samples":[]"#), "{text}");
        assert!(text.contains(r#""value":2,"unit":"times","at_most":1.5,"reached":false"#));
        assert!(text.contains(r#""value":null,"unit":"times","at_least":2,"reached":null"#));
    }
}
