//! The programs that a run takes beside Skikt: where they come from, and whether they are there.

use std::{
    collections::BTreeSet,
    io::{self, BufRead as _, IsTerminal as _},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context as _, Result, bail};

use super::options::Missing;
use crate::{
    say,
    setup::apt,
    sh,
    tools::{self, Tool},
};

/// A program of somebody else's.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: &'static str,
    origin: Origin,
    /// The word that makes it tell its version.
    version: &'static str,
}

/// Who brings a program.
#[derive(Debug)]
enum Origin {
    /// A package of Debian's.
    Debian(&'static str),
    /// crates.io. Debian's may be built without the code for today's processors.
    Crates(Tool),
}

const fn debian(name: &'static str, package: &'static str, version: &'static str) -> Program {
    Program { name, origin: Origin::Debian(package), version }
}

pub(super) const B3SUM: Program =
    Program { name: "b3sum", origin: Origin::Crates(tools::B3SUM), version: "--version" };
pub(super) const BORG: Program = debian("borg", "borgbackup", "--version");
pub(super) const CP: Program = debian("cp", "coreutils", "--version");
pub(super) const DEBUGFS: Program = debian("debugfs", "e2fsprogs", "-V");
pub(super) const MKE2FS: Program = debian("mke2fs", "e2fsprogs", "-V");
pub(super) const QEMU_IMG: Program = debian("qemu-img", "qemu-utils", "--version");
pub(super) const QEMU_IO: Program = debian("qemu-io", "qemu-utils", "--version");
pub(super) const RESTIC: Program = debian("restic", "restic", "version");
pub(super) const SQLITE: Program = debian("sqlite3", "sqlite3", "--version");
pub(super) const ZSTD: Program = debian("zstd", "zstd", "--version");

impl Program {
    /// A command of it; an error says how to get it.
    pub(super) fn command(&self) -> Result<Command> {
        Ok(Command::new(self.find()?))
    }

    fn find(&self) -> Result<PathBuf> {
        match &self.origin {
            Origin::Debian(package) => sh::find(self.name)
                .with_context(|| format!("{} is missing: it is in {package}", self.name)),
            Origin::Crates(tool) => tool.program(),
        }
    }

    /// Where it comes from, for people.
    fn origin(&self) -> String {
        match &self.origin {
            Origin::Debian(package) => format!("Debian's package {package}"),
            Origin::Crates(tool) => format!("{} from crates.io", tool.name()),
        }
    }

    /// Its name and version.
    pub(super) fn version(&self) -> Result<String> {
        let mut command = self.command()?;
        let output = command.arg(self.version).output();
        let output = output.with_context(|| format!("ask {} for its version", self.name))?;
        // e2fsprogs tell it on the other stream.
        let said = [output.stdout, output.stderr].concat();
        let number = number_in(&String::from_utf8_lossy(&said));
        let number = number.with_context(|| format!("read the version of {}", self.name))?;
        Ok(format!("{} {number}", self.name))
    }
}

/// The first word that is the number of a version: all programs say other words around it.
fn number_in(said: &str) -> Option<String> {
    let words = said.split_whitespace().map(|word| word.trim_matches(['v', ',']));
    let is_number =
        |word: &&str| word.contains('.') && word.split('.').all(|part| part.parse::<u64>().is_ok());
    words.into_iter().find(is_number).map(str::to_owned)
}

/// The programs that are there, after what was missing was seen to.
pub(super) fn ensure(
    wanted: &[&'static Program],
    missing: Missing,
) -> Result<BTreeSet<&'static str>> {
    let absent = |wanted: &[&'static Program]| -> Vec<&'static Program> {
        wanted.iter().copied().filter(|program| program.find().is_err()).collect()
    };
    let lacking = absent(wanted);
    if !lacking.is_empty() && may_install(&lacking, missing)? {
        install(&lacking)?;
    }
    let lacking: Vec<_> = absent(wanted).iter().map(|program| program.name).collect();
    if !lacking.is_empty() {
        say::error(&format!("going on without {}", lacking.join(", ")));
    }
    let there = wanted.iter().map(|program| program.name);
    Ok(there.filter(|name| !lacking.contains(name)).collect())
}

/// Asks on a terminal; elsewhere only the options can tell.
fn may_install(lacking: &[&Program], missing: Missing) -> Result<bool> {
    match missing {
        Missing::GoWithout => return Ok(false),
        Missing::Install => return Ok(true),
        Missing::Ask => {}
    }
    say::error("The comparison takes programs that are not here:");
    for program in lacking {
        say::error(&format!("  {}: {}", program.name, program.origin()));
    }
    if !io::stdin().is_terminal() {
        bail!("run it with --yes to install them, or with --no-install to go on without them");
    }
    say::error("Install them? [y/N]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("read the answer")?;
    if !["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        bail!("nothing was installed: use --no-install to go on without them");
    }
    Ok(true)
}

fn install(lacking: &[&'static Program]) -> Result<()> {
    let pairs: Vec<_> = lacking
        .iter()
        .filter_map(|program| match program.origin {
            Origin::Debian(package) => Some((program.name, package)),
            Origin::Crates(_) => None,
        })
        .collect();
    apt::ensure_programs(&pairs)?;
    for program in lacking {
        if let Origin::Crates(tool) = &program.origin {
            tool.install()?;
            tools::sweep()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Program = debian("no-such-program", "no-such-package", "--version");

    #[test]
    fn what_is_missing_is_left_out_when_nothing_may_be_installed() {
        let there = ensure(&[&CP, &NOWHERE], Missing::GoWithout).unwrap();
        assert_eq!(there, BTreeSet::from(["cp"]));
        let error = NOWHERE.command().unwrap_err();
        assert_eq!(error.to_string(), "no-such-program is missing: it is in no-such-package");
    }

    #[test]
    fn a_version_is_found_among_other_words() {
        let number = |said| number_in(said).unwrap();
        assert_eq!(number("*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***"), "1.5.4");
        assert_eq!(number("mke2fs 1.47.0 (5-Feb-2023)"), "1.47.0");
        assert_eq!(number("restic 0.14.0 compiled with go1.19.8 on linux/amd64"), "0.14.0");
        assert_eq!(number_in("no version at all."), None);
        assert!(CP.version().unwrap().starts_with("cp "), "{:?}", CP.version());
    }
}
