//! `cargo xtask demo`: builds the dashboard and the program, and shows them.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{dashboard, setup, sh};

/// Sets up what is missing, builds, and runs `skikt demo` with the arguments that were given.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    setup::for_demo()?;
    dashboard::run()?;
    sh::run(sh::cargo()?.args(["build", "--release", "--package", "backend", "--bin", "skikt"]))?;
    sh::run(Command::new(programs()?.join("skikt")).arg("demo").args(arguments))
}

/// Where cargo puts the release build: beside the folder of this program's profile.
fn programs() -> Result<PathBuf> {
    let own = env::current_exe().context("find this program")?;
    let target = own.parent().and_then(Path::parent).context("find the target folder")?;
    Ok(target.join("release"))
}
