//! `cargo xtask setup`: installs what the other commands need and skips what is there.

mod apt;
mod rustup;

use anyhow::Result;

use crate::{
    say, tools,
    wasm::{self, Road},
};

/// Debian's packages the tests need: each with a program that shows whether it is there.
const FOR_TESTS: [(&str, &str); 2] = [("qemu-img", "qemu-utils"), ("mkfs.ext4", "e2fsprogs")];

/// And what makes the dashboard small on the wire.
const FOR_DASHBOARD: [(&str, &str); 1] = [("brotli", "brotli")];

/// Quick things and those that may ask for root come first, long builds last.
pub(crate) fn run() -> Result<()> {
    for_tests()?;
    apt::ensure_programs(&FOR_DASHBOARD)?;
    rustup::ensure_component("rustfmt", "fmt")?;
    rustup::ensure_component("clippy", "clippy")?;
    let road = ensure_wasm()?;
    say::line(road.describe());
    for tool in &tools::ALL {
        tool.install()?;
    }
    tools::sweep()
}

/// Only the programs that make and judge disk images.
pub(crate) fn for_tests() -> Result<()> {
    apt::ensure_programs(&FOR_TESTS)
}

/// Opens a road to wasm32: rustup's target where its server answers, else Debian's packages.
fn ensure_wasm() -> Result<Road> {
    if let Some(road) = Road::find()? {
        return Ok(road);
    }
    say::line(format_args!("{}: installing by rustup", wasm::TARGET));
    let refusal = rustup::add_target(wasm::TARGET).err();
    if let Some(road) = Road::find()? {
        return Ok(road);
    }
    if let Some(error) = refusal {
        say::line(format_args!("{}: not to be had by rustup ({error:#})", wasm::TARGET));
    }
    say::line(format_args!("{}: installing Debian's compiler", wasm::TARGET));
    apt::may_install(&wasm::DEBIAN_PACKAGES)?;
    apt::refresh()?;
    let candidate = wasm::debian_candidate()?;
    anyhow::ensure!(
        candidate.as_deref().is_some_and(wasm::is_new_enough),
        "no compiler for {}: rustup's server gave no target, and Debian's {} is {}, older than \
         the {} which the workspace needs",
        wasm::TARGET,
        wasm::DEBIAN_PACKAGES[0],
        candidate.as_deref().unwrap_or("not there"),
        wasm::OLDEST_RUSTC
    );
    apt::install(&wasm::DEBIAN_PACKAGES)?;
    Road::find()?.ok_or_else(|| anyhow::anyhow!("Debian's packages brought no compiler"))
}
