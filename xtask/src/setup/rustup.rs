//! What rustup brings: components of the toolchain, and targets.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::{say, sh};

/// Long enough for a slow line, short enough not to be taken for a hang.
const LIMIT: Duration = Duration::from_mins(3);

/// Adds a component unless its cargo subcommand answers.
pub(crate) fn ensure_component(component: &str, subcommand: &str) -> Result<()> {
    if sh::succeeds(sh::cargo()?.args([subcommand, "--version"])) {
        say::line(format_args!("{component}: there"));
        return Ok(());
    }
    say::line(format_args!("{component}: installing by rustup"));
    ensure!(sh::is_there("rustup"), "install {component}: it is missing, and so is rustup");
    add("component", component)
}

/// Adds a target to the toolchain in use.
pub(crate) fn add_target(target: &str) -> Result<()> {
    ensure!(sh::is_there("rustup"), "rustup is not installed");
    add("target", target)
}

fn add(kind: &str, name: &str) -> Result<()> {
    let mut rustup = sh::command("rustup")?;
    sh::run_within(LIMIT, rustup.args([kind, "add", name]).env("RUST_BACKTRACE", "0"))
}
