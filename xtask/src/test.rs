//! `cargo xtask test`: sets up, then everything CI runs.

use anyhow::Result;

use crate::{check, dashboard, fuzz, say::Steps, setup, sh};

/// Whether tests that loop run for minutes or for seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loops {
    Short,
    Long,
}

/// Setup, checks, tests and the dashboard, each timed.
pub(crate) fn run(loops: Loops) -> Result<()> {
    let mut steps = Steps::default();
    steps.step("setup", setup::run)?;
    check::steps_of(&mut steps)?;
    // Before the tests: the server that they start shows it.
    steps.step("dashboard", dashboard::run)?;
    steps.step("tests", || tests(loops))?;
    steps.step("fuzz", || fuzz::run(&[]))?;
    steps.sum_up();
    Ok(())
}

fn tests(loops: Loops) -> Result<()> {
    let mut cargo = sh::cargo()?;
    cargo.args(["test", "--workspace"]);
    if loops == Loops::Long {
        cargo.env("SKIKT_LONG", "1");
    }
    sh::run(&mut cargo)
}
