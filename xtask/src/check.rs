//! `cargo xtask check`: everything that can be said about the code without running it.

use anyhow::Result;

use crate::{say::Steps, sh, tidy, tools};

/// Every check as a command of its own.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::default();
    steps_of(&mut steps)?;
    steps.sum_up();
    Ok(())
}

/// Every check as steps of a longer command; warnings are errors.
pub(crate) fn steps_of(steps: &mut Steps) -> Result<()> {
    steps.step("tidy", tidy::run)?;
    steps.step("rustfmt", || sh::run(sh::cargo()?.args(["fmt", "--all", "--check"])))?;
    steps.step("licences, bans, sources", deny)?;
    steps.step("clippy", clippy)?;
    steps.step("rustdoc", rustdoc)
}

fn clippy() -> Result<()> {
    let mut cargo = sh::cargo()?;
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    sh::run(&mut cargo)
}

fn rustdoc() -> Result<()> {
    let mut cargo = sh::cargo()?;
    cargo.args(["doc", "--workspace", "--no-deps"]);
    sh::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny() -> Result<()> {
    let mut deny = sh::command(tools::CARGO_DENY.program()?)?;
    sh::run(deny.args(["--locked", "check", "bans", "licenses", "sources"]))
}
