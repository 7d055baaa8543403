//! Debian's packages: installed by root, asked for by everyone else.

use anyhow::{Result, bail};

use crate::{say, sh};

/// Installs the packages of those (program, package) pairs whose program is missing.
pub(crate) fn ensure_programs(pairs: &[(&str, &str)]) -> Result<()> {
    let mut missing = Vec::new();
    for (program, package) in pairs {
        if sh::is_there(program) {
            say::line(format_args!("{program}: there"));
        } else {
            say::line(format_args!("{program}: missing, is in the package {package}"));
            missing.push(*package);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    may_install(&missing)?;
    refresh()?;
    install(&missing)
}

/// Brings the lists of packages up to date.
pub(crate) fn refresh() -> Result<()> {
    sh::run(sh::command("apt-get")?.args(["update", "-q"]))
}

/// Installs packages, nothing recommended with them.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let mut apt = sh::command("apt-get")?;
    apt.args(["install", "-yqq", "--no-install-recommends", "-o=Dpkg::Use-Pty=0"]).args(packages);
    sh::run(apt.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Refuses where we cannot install: with the line that can.
pub(crate) fn may_install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !sh::is_there("apt-get") {
        bail!("install what Debian calls {names} by this system's own packages, then run it again");
    }
    if sh::output(sh::command("id")?.arg("-u"))? != "0" {
        bail!(
            "packages are missing, and only root may install them. Run this, then the command \
             again:\n    \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        );
    }
    Ok(())
}
