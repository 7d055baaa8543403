//! `cargo xtask demo`: builds the dashboard and the program, and shows them.

use std::process::Command;

use anyhow::Result;

use crate::{dashboard, places, setup, sh};

/// Sets up what is missing, builds, and runs `skikt demo` with the arguments that were given.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    setup::for_demo()?;
    dashboard::run()?;
    sh::run(sh::cargo()?.args(["build", "--release", "--package", "backend", "--bin", "skikt"]))?;
    sh::run(Command::new(places::release()?.join("skikt")).arg("demo").args(arguments))
}
