//! Everything that is printed: tables and JSON to standard output, the rest to standard error.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use super::{Failure, Format};

/// Prints answers in the form that was asked for.
#[derive(Debug)]
pub(super) struct Output {
    format: Format,
}

/// Where a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

impl Output {
    pub(super) const fn new(format: Format) -> Self {
        Self { format }
    }

    pub(super) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a value: as JSON, or as `table` draws it.
    pub(super) fn value<T: Serialize>(
        &self,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        let mut text = match self.format {
            Format::Json => serde_json::to_string_pretty(value)?,
            Format::Table => table(value),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        print(text.as_bytes())
    }

    /// Says why a command failed.
    pub(super) fn failure(&self, failure: &Failure) {
        let problem = failure.problem();
        // A reader that went away has said enough.
        if matches!(failure, Failure::Print(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return;
        }
        let text = match self.format {
            Format::Json => serde_json::to_string(&problem).unwrap_or_default(),
            Format::Table => {
                let help = problem.help.map(|help| format!("\n  help: {help}")).unwrap_or_default();
                format!("error[{}]: {}{help}", problem.code, problem.detail)
            }
        };
        // If standard error is gone too, nobody is there to be told.
        drop(writeln!(io::stderr(), "{text}"));
    }
}

/// Writes to standard output.
pub(super) fn print(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// A word by the way, to standard error.
pub(super) fn note(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// A question, to standard error, without a line end.
pub(super) fn ask(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    write!(stderr, "{text}")?;
    stderr.flush()
}

/// Columns under their heads, two spaces apart.
pub(super) fn table(heads: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].0.len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let mut line = String::new();
        for ((cell, (_, align)), width) in cells.into_iter().zip(heads).zip(&widths) {
            let pad = " ".repeat(width - cell.chars().count());
            match align {
                Align::Left => line.extend([cell, &pad]),
                Align::Right => line.extend([pad.as_str(), cell]),
            }
            line.push_str("  ");
        }
        line.trim_end().to_owned() + "\n"
    };
    let head = line(heads.iter().map(|(head, _)| *head).collect());
    let head = if io::stdout().is_terminal() { format!("\x1b[1m{head}\x1b[0m") } else { head };
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    head + &rows.collect::<String>()
}

/// Names and values, one a line.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            [vec!["web".to_owned(), "7".to_owned()], vec!["database".to_owned(), "12".to_owned()]];
        let table = table(&[("NAME", Align::Left), ("N", Align::Right)], &rows);
        assert_eq!(table, "NAME       N\nweb        7\ndatabase  12\n");
    }
}
