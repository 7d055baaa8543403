//! `cargo xtask dist`: an archive to unpack over a prefix such as `/usr/local` or `~/.local`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use crate::{
    dashboard, places,
    say::{self, Steps},
    sh,
};

/// The version of the workspace, which this crate shares.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Each shell, and where it looks for completions below a prefix.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/skikt"),
    ("zsh", "share/zsh/site-functions/_skikt"),
    ("fish", "share/fish/vendor_completions.d/skikt.fish"),
];

/// What a reader of the archive gets beside the program.
const DOCUMENTS: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds the dashboard first, for the binary carries it.
pub(crate) fn run() -> Result<()> {
    let name = format!("skikt-{VERSION}-{}", host()?);
    let dist = places::root()?.join("target/dist");
    let staging = dist.join(&name);
    if staging.exists() {
        fs::remove_dir_all(&staging).with_context(|| format!("clear {}", staging.display()))?;
    }
    let mut steps = Steps::default();
    steps.step("dashboard", dashboard::run)?;
    steps.step("binary", || build(&staging))?;
    steps.step("completions", || completions(&staging))?;
    steps.step("documents", || documents(&staging))?;
    steps.step("archive", || archive(&dist, &name))?;
    steps.sum_up();
    say::line(format_args!("\n{}", dist.join(format!("{name}.tar.gz")).display()));
    say::line("Install it with: tar -xzf ARCHIVE --strip-components=1 -C PREFIX");
    Ok(())
}

/// The target this machine compiles for.
fn host() -> Result<String> {
    let version = sh::output(sh::command("rustc")?.arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("find the host in what rustc says of itself")?.to_owned())
}

/// Wherever the workspace's build folder is, the binary ends in `bin/` of the staging folder.
fn build(staging: &Path) -> Result<()> {
    let mut cargo = sh::cargo()?;
    cargo.args(["install", "--locked", "--no-track", "--path", "backend", "--bin", "skikt"]);
    sh::run(cargo.arg("--root").arg(staging))
}

fn completions(staging: &Path) -> Result<()> {
    for (shell, place) in COMPLETIONS {
        let mut skikt = Command::new(staging.join("bin/skikt"));
        let script = sh::output(skikt.args(["completions", shell]))?;
        write(&staging.join(place), &format!("{script}\n"))?;
    }
    Ok(())
}

fn documents(staging: &Path) -> Result<()> {
    for document in DOCUMENTS {
        let path = places::root()?.join(document);
        let text = fs::read_to_string(&path).with_context(|| format!("read {document}"))?;
        write(&staging.join("share/doc/skikt").join(document), &text)?;
    }
    Ok(())
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    let folder = path.parent().context("find the folder of a file")?;
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

/// Packs the staging folder: root owns the files wherever they are unpacked.
fn archive(dist: &Path, name: &str) -> Result<()> {
    let mut tar = sh::command("tar")?;
    tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-czf"]);
    tar.arg(dist.join(format!("{name}.tar.gz"))).arg("-C").arg(dist).arg(name);
    sh::run(&mut tar)
}
