//! `cargo xtask dashboard`: builds the dashboard by trunk into `target/dashboard`.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{places, say, sh, tools, wasm, wasm::Road};

/// Fetches first and builds offline: trunk then brings no tool of its own choice.
pub(crate) fn run() -> Result<()> {
    let road = Road::find()?
        .with_context(|| format!("no compiler for {}: run `cargo xtask setup`", wasm::TARGET))?;
    let trunk = tools::TRUNK.program()?;
    let bindgen = tools::WASM_BINDGEN.program()?;
    sh::run(sh::cargo()?.args(["fetch", "--quiet", "--locked"]))?;
    road.fetch()?;
    let mut build = sh::command(trunk)?;
    build.args(["build", "--release", "--offline"]);
    build.env("PATH", sh::path_with(&[bindgen.parent().unwrap_or(Path::new("/"))])?);
    // Trunk wants `true` or `false` in it, and ends when it meets the usual `1`.
    build.env_remove("NO_COLOR");
    sh::run(road.apply(&mut build))?;
    say::line(format_args!("built {}", places::root()?.join("target/dashboard").display()));
    Ok(())
}
