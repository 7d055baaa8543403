//! `cargo xtask setup`: installs what the other commands need and skips what is there.

pub(crate) mod apt;
mod npm;
mod rustup;

use anyhow::Result;

use crate::{
    say, tools,
    wasm::{self, Road},
};

/// Debian's packages the tests need: each with a program that shows whether it is there.
const FOR_TESTS: [(&str, &str); 9] = [
    ("qemu-img", "qemu-utils"),
    ("mkfs.ext4", "e2fsprogs"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("g++", "g++"),
    ("curl", "curl"),
    ("python3", "python3"),
    ("sqlite3", "sqlite3"),
    ("zstd", "zstd"),
];

/// Debian's packages that pack the dashboard and make the demo's file system.
const FOR_DEMO: [(&str, &str); 2] = [("mkfs.ext4", "e2fsprogs"), ("brotli", "brotli")];

/// Quick things and those that may ask for root come first, long builds last.
pub(crate) fn run() -> Result<()> {
    apt::ensure_programs(&FOR_TESTS)?;
    npm::AXE.install()?;
    rustup::ensure_component("rustfmt", "fmt")?;
    rustup::ensure_component("clippy", "clippy")?;
    for_demo()?;
    tools::CARGO_DENY.install()?;
    tools::CARGO_FUZZ.install()?;
    tools::sweep()
}

/// Only what builds the dashboard and makes the demo's disks.
pub(crate) fn for_demo() -> Result<()> {
    // Without them the pages are larger on the wire and one disk is simpler, and no more.
    if let Err(error) = apt::ensure_programs(&FOR_DEMO) {
        say::line(format_args!("going on without: {error:#}"));
    }
    let road = ensure_wasm()?;
    say::line(road.describe());
    tools::TRUNK.install()?;
    tools::WASM_BINDGEN.install()
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
