//! `cargo xtask demo`: an ext4 disk, two snapshots and what they tell, on the terminal.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{places, say, setup, sh};

/// What is done, in order; `skikt` is the real program on a data directory of its own.
const STORY: [&str; 11] = [
    "skikt disk attach web web.img",
    "skikt snapshot create web --name before",
    "debugfs -w -R change web.img",
    "skikt snapshot create web --name after",
    "skikt snapshot list",
    "skikt diff before after",
    "skikt snapshot show after",
    "skikt export after out.img",
    "cmp web.img out.img",
    "skikt snapshot delete before --yes",
    "skikt gc",
];

/// Builds the program and tells the story in a folder that goes at the end.
pub(crate) fn run() -> Result<()> {
    setup::for_demo()?;
    sh::run(sh::cargo()?.args(["build", "--release", "--package", "backend", "--bin", "skikt"]))?;
    let folder = tempfile::tempdir().context("make a folder for the demo")?;
    let path = sh::path_with(&[&programs()?])?;
    let sources = places::root()?.join("engine");
    say::line("\nA disk with an ext4 file system, made from the engine's sources:\n");
    let mut make = command("mkfs.ext4", folder.path(), &path);
    sh::run(make.args(["-q", "-d"]).arg(&sources).args(["web.img", "256M"]))?;
    let file = places::root()?.join("Cargo.lock");
    for line in STORY {
        say::line("");
        let mut words = line.split(' ');
        let mut command = command(words.next().unwrap_or_default(), folder.path(), &path);
        for word in words {
            match word {
                "change" => command.arg(format!("write {} Cargo.lock", file.display())),
                word => command.arg(word),
            };
        }
        sh::run(&mut command)?;
    }
    say::line("\nThe folder of the demo is gone. README.md goes on from here.");
    Ok(())
}

/// A program in the demo's folder, where its data directory is too.
fn command(program: &str, folder: &Path, path: &OsString) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("PATH", path).env("SKIKT_DATA", folder.join("data"));
    command
}

/// Where cargo puts the release build: beside the folder of this program's profile.
fn programs() -> Result<PathBuf> {
    let own = env::current_exe().context("find this program")?;
    let target = own.parent().and_then(Path::parent).context("find the target folder")?;
    Ok(target.join("release"))
}
