//! Skikt itself, on a data directory of its own: a new process for every command.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{places, sh};

/// The variables that would send a command elsewhere.
const VARIABLES: [&str; 3] = ["SKIKT_DATA", "SKIKT_SERVER", "SKIKT_TOKEN"];

/// A data directory and the program to use it by.
#[derive(Debug)]
pub(super) struct Skikt<'a> {
    program: &'a Path,
    data: PathBuf,
}

impl<'a> Skikt<'a> {
    /// A data directory that the first command makes.
    pub(super) const fn new(program: &'a Path, data: PathBuf) -> Self {
        Self { program, data }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.arg("--data").arg(&self.data);
        command
    }

    /// Attaches an image as a disk, its snapshots on locally redundant storage.
    pub(super) fn attach(&self, disk: &str, image: &Path) -> Result<()> {
        let mut command = self.command();
        command.args(["disk", "attach", disk]).arg(image);
        sh::quietly(command.args(["--snapshot-sku", "Standard_LRS"]))
    }

    /// Attaches an image and takes the first snapshot, `base`, unmeasured.
    pub(super) fn begin(&self, disk: &str, image: &Path) -> Result<()> {
        self.attach(disk, image)?;
        sh::quietly(&mut self.snapshot(disk, "base"))
    }

    /// Takes a snapshot.
    pub(super) fn snapshot(&self, disk: &str, name: &str) -> Command {
        let mut command = self.command();
        command.args(["snapshot", "create", disk, "--name", name]);
        command
    }

    /// Writes a snapshot out.
    pub(super) fn export(&self, snapshot: &str, file: &Path, format: &str) -> Command {
        let mut command = self.command();
        command.args(["export", snapshot]).arg(file).args(["--format", format]);
        command
    }

    /// Whether it writes a format.
    pub(super) fn writes(&self, format: &str) -> Result<bool> {
        let help = sh::output(self.command().args(["export", "--help"]))?;
        Ok(help.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == format))
    }

    /// Prints which blocks differ, as JSON.
    pub(super) fn diff(&self, base: &str, target: &str) -> Command {
        let mut command = self.command();
        command.args(["diff", base, target, "--output", "json"]);
        command
    }

    /// Where its objects are. The catalog beside it is an index, which can be made again.
    pub(super) fn store(&self) -> PathBuf {
        self.data.join("store")
    }
}

/// Builds the program as it is shipped, but for the dashboard, which no command line needs.
pub(super) fn build() -> Result<PathBuf> {
    sh::run(sh::cargo()?.args(["build", "--release", "--package", "backend", "--bin", "skikt"]))?;
    let program = places::release()?.join("skikt");
    fs::canonicalize(&program).with_context(|| format!("find {}", program.display()))
}

/// The commit that a build is of; nothing in a checkout without its history.
pub(super) fn commit() -> String {
    let git = sh::command("git")
        .and_then(|mut git| sh::output(git.args(["describe", "--always", "--dirty"])));
    git.unwrap_or_default()
}
