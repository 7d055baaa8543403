//! Words on the terminal: lines, errors, and steps with how long they took.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the command's own voice")]

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

/// Prints one line.
pub(crate) fn line(words: impl Display) {
    println!("{words}");
}

/// Prints to the error stream.
pub(crate) fn error(words: &str) {
    eprintln!("{words}");
}

/// The steps of one command: each is announced, timed, and named in its error.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs one step.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work();
        let took = start.elapsed();
        println!("-- {name}: {}", seconds(took));
        self.done.push((name.to_owned(), took));
        outcome.with_context(|| name.to_owned())
    }

    /// Prints the table of all steps.
    pub(crate) fn sum_up(&self) {
        println!();
        for (name, took) in &self.done {
            println!("{:>10}  {name}", seconds(*took));
        }
        println!("{:>10}  in all", seconds(self.done.iter().map(|(_, took)| *took).sum()));
    }
}

fn seconds(time: Duration) -> String {
    let all = time.as_secs();
    if all < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", all / 60, all % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_told_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failed_step_is_named_in_the_error() {
        let mut steps = Steps::default();
        let error = steps.step("clippy", || anyhow::bail!("exit status: 1")).unwrap_err();
        assert_eq!(format!("{error:#}"), "clippy: exit status: 1");
        assert_eq!(steps.done.len(), 1);
    }
}
