//! `cargo xtask fuzz`: tries the readers of images with bytes that nobody wrote.
//!
//! The inputs that were kept are in `fuzz/corpus`; those that a run adds go into the cache, from
//! where the next run begins. One that breaks a reader stays in `fuzz/artifacts`, to be kept in
//! `fuzz/found`, which the tests of the formats try.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{places, say, sh, tools};

/// The targets, by the formats that they try.
const TARGETS: [&str; 4] = ["vhd", "vhdx", "qcow2", "vmdk"];

/// How long each is tried: a minute for all.
const SECONDS: u64 = 15;

/// Longer inputs find no more.
const LONGEST: u64 = 160 << 10;

/// Most that a single allocation may take, in MiB: far more than a reader needs, far less than
/// what one would take that believes a number which it read.
const ALLOCATION_MIB: u64 = 64;

/// What to do.
#[derive(Debug)]
struct Plan {
    targets: Vec<&'static str>,
    seconds: u64,
    keep: bool,
}

/// Tries the targets that are named, or all: `[TARGET…] [--seconds N] [--keep]`.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let plan = Plan::read(arguments)?;
    tools::CARGO_FUZZ.install()?;
    let failed: Vec<_> =
        plan.targets.iter().filter_map(|target| plan.tried(target).err()).collect();
    for error in &failed {
        say::error(&format!("{error:#}"));
    }
    ensure!(failed.is_empty(), "{} of {} targets failed", failed.len(), plan.targets.len());
    Ok(())
}

impl Plan {
    fn read(arguments: &[&str]) -> Result<Self> {
        let mut plan = Self { targets: Vec::new(), seconds: SECONDS, keep: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--keep" => plan.keep = true,
                "--seconds" => {
                    let number = arguments.next().context("--seconds wants a number")?;
                    plan.seconds = number.parse().context("--seconds wants a number")?;
                }
                name => match TARGETS.iter().find(|target| **target == name) {
                    Some(target) => plan.targets.push(target),
                    None => bail!("no such target: {name}; there are {}", TARGETS.join(", ")),
                },
            }
        }
        if plan.targets.is_empty() {
            plan.targets = TARGETS.to_vec();
        }
        Ok(plan)
    }

    fn tried(&self, target: &str) -> Result<()> {
        let (fresh, kept) = (corpus(target)?, places::root()?.join("fuzz/corpus").join(target));
        fs::create_dir_all(&fresh).with_context(|| format!("make {}", fresh.display()))?;
        let mut fuzz = cargo_fuzz()?;
        fuzz.args(["--features", "targets", target]).arg(&fresh).arg(&kept).arg("--");
        fuzz.arg(format!("-max_total_time={}", self.seconds));
        fuzz.arg(format!("-max_len={LONGEST}"));
        fuzz.arg(format!("-malloc_limit_mb={ALLOCATION_MIB}"));
        fuzz.args(["-timeout=10", "-rss_limit_mb=1024"]);
        let said = sh::both(&mut fuzz)?;
        if let Some(line) = said.lines().find(|line| line.starts_with("Done ")) {
            say::line(format_args!("{target}: {}", line.trim_start_matches("Done ")));
        }
        if self.keep {
            let mut merge = cargo_fuzz()?;
            merge.args(["--features", "targets", target]).arg(&kept).arg(&fresh);
            sh::both(merge.args(["--", "-merge=1"]).arg(format!("-max_len={LONGEST}")))?;
            say::line(format_args!("{target}: what was new is in {}", kept.display()));
        }
        Ok(())
    }
}

/// Cargo-fuzz in the checkout, up to its own arguments. It asks the compiler for things that only
/// a nightly one gives without being told to.
fn cargo_fuzz() -> Result<Command> {
    let program = tools::CARGO_FUZZ.program()?;
    let folder = program.parent().context("find the folder of cargo-fuzz")?;
    let mut cargo = sh::cargo()?;
    cargo.args(["fuzz", "run"]).env("PATH", sh::path_with(&[folder])?).env("RUSTC_BOOTSTRAP", "1");
    // Half as long to build, and quick enough to try thousands of images a second.
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    Ok(cargo)
}

/// Where the inputs of earlier runs are.
fn corpus(target: &str) -> Result<PathBuf> {
    Ok(places::cache()?.join("fuzz").join(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_tried_unless_some_are_named() {
        assert_eq!(Plan::read(&[]).unwrap().targets, TARGETS);
        let plan = Plan::read(&["qcow2", "--seconds", "600"]).unwrap();
        assert_eq!((plan.targets.as_slice(), plan.seconds), (["qcow2"].as_slice(), 600));
        let error = Plan::read(&["vdi"]).unwrap_err().to_string();
        assert_eq!(error, "no such target: vdi; there are vhd, vhdx, qcow2, vmdk");
    }

    #[test]
    fn every_target_has_a_corpus() {
        for target in TARGETS {
            let folder = places::root().unwrap().join("fuzz/corpus").join(target);
            assert!(folder.read_dir().unwrap().next().is_some(), "{target}");
        }
    }
}
