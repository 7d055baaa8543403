//! The pinned tools, each built once into a folder of its own in the cache.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use anyhow::{Context as _, Result};

use crate::{places, say, sh};

/// Builds the dashboard. 0.22 asks for a newer compiler than the workspace does.
pub(crate) const TRUNK: Tool =
    Tool { package: "trunk", version: "0.21.14", program: "trunk", speed: Speed::ToBuild };

/// Must have the very version of the crate `wasm-bindgen` in the lock file.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.126",
    program: "wasm-bindgen",
    speed: Speed::ToBuild,
};

/// Checks licences, bans and sources of all dependencies.
pub(crate) const CARGO_DENY: Tool =
    Tool { package: "cargo-deny", version: "0.20.2", program: "cargo-deny", speed: Speed::ToBuild };

/// Hashes a file by BLAKE3: what taking a snapshot of an unchanged disk is measured against.
pub(crate) const B3SUM: Tool =
    Tool { package: "b3sum", version: "1.8.7", program: "b3sum", speed: Speed::ToRun };

/// Builds and runs the fuzzing targets.
pub(crate) const CARGO_FUZZ: Tool =
    Tool { package: "cargo-fuzz", version: "0.13.2", program: "cargo-fuzz", speed: Speed::ToBuild };

/// A program from crates.io at one version.
#[derive(Debug)]
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    speed: Speed,
}

/// What a tool is to be quick at.
#[derive(Debug, PartialEq, Eq)]
enum Speed {
    ToBuild,
    ToRun,
}

impl Tool {
    /// Its name and version, which also name its folder: `trunk-0.21.14`.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.package, self.version)
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(places::cache()?.join("tools").join(self.name()))
    }

    /// Where its program lies, or the advice to run the setup.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        let program = self.folder()?.join("bin").join(self.program);
        anyhow::ensure!(
            program.is_file(),
            "{} is not installed: run `cargo xtask setup`",
            self.name()
        );
        Ok(program)
    }

    /// Builds it unless it is there. The folder gets its name last, so that an interrupted build
    /// is taken up again.
    pub(crate) fn install(&self) -> Result<()> {
        if self.program().is_ok() {
            say::line(format_args!("{}: there", self.name()));
            return Ok(());
        }
        let folder = self.folder()?;
        say::line(format_args!("{}: installing into {}", self.name(), folder.display()));
        let partial = folder.with_file_name(format!("{}.partial", self.name()));
        let mut cargo = sh::cargo()?;
        cargo.args(["install", "--locked", "--no-track", "--no-default-features"]);
        cargo.arg("--root").arg(&partial).arg("--target-dir").arg(build_folder()?);
        cargo.arg(format!("{}@{}", self.package, self.version));
        // A terminal shows how far it is; a log would get a line for each of some 500 crates.
        if !io::stderr().is_terminal() {
            cargo.arg("--quiet");
        }
        if self.speed == Speed::ToBuild {
            // Alike, so that they share what they build.
            cargo.envs([
                ("CARGO_PROFILE_RELEASE_LTO", "off"),
                ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
                ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
                ("CARGO_PROFILE_RELEASE_PANIC", "unwind"),
            ]);
        }
        sh::run(&mut cargo)?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("clear {}", folder.display()))?;
        }
        fs::rename(&partial, &folder)
            .with_context(|| format!("rename {} to {}", partial.display(), folder.display()))
    }
}

/// Drops what the builds of the tools left behind.
pub(crate) fn sweep() -> Result<()> {
    let folder = build_folder()?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    Ok(())
}

/// Outside the workspace's build folder: kept after an interrupted build, dropped after a whole.
fn build_folder() -> Result<PathBuf> {
    Ok(places::cache()?.join("tools").join("build"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pins_agree_with_the_manifests() {
        let read = |path: &str| fs::read_to_string(places::root().unwrap().join(path)).unwrap();
        let version = WASM_BINDGEN.version;
        assert!(read("Cargo.toml").contains(&format!("wasm-bindgen = \"={version}\"")));
        assert!(read("Trunk.toml").contains(&format!("wasm_bindgen = \"{version}\"")));
        let locked = format!("name = \"wasm-bindgen\"\nversion = \"{version}\"");
        assert!(read("Cargo.lock").contains(&locked));
    }
}
