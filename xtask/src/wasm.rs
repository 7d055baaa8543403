//! The compiler for the dashboard's target: the usual one where it can, else Debian's.
//!
//! Where rustup's server cannot be reached, no standard library for wasm32 can be had for the
//! usual compiler. Debian's packages carry a compiler with its library's source: for the one call
//! of trunk, cargo is told to use that compiler and to build the library first. Nothing below
//! `/usr` is changed but by the packages themselves.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::sh;

/// What the dashboard is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages that make the second road.
pub(crate) const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// The oldest compiler the workspace takes.
pub(crate) const OLDEST_RUSTC: &str = env!("CARGO_PKG_RUST_VERSION");

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library/Cargo.toml";

/// A way to compile for wasm32.
#[derive(Debug)]
pub(crate) enum Road {
    /// The usual compiler has the target's standard library.
    Installed,
    /// Debian's compiler, which builds the library from its source; linked by rustup's linker.
    Debian { linker: PathBuf },
}

impl Road {
    /// The first road that is open on this machine.
    pub(crate) fn find() -> Result<Option<Self>> {
        if usual_rustc_has_target()? {
            return Ok(Some(Self::Installed));
        }
        if !Path::new(DEBIAN_RUSTC).is_file() || !Path::new(DEBIAN_LIBRARY).is_file() {
            return Ok(None);
        }
        let version = sh::output(Command::new(DEBIAN_RUSTC).arg("--version"))?;
        ensure!(
            is_new_enough(&version),
            "{DEBIAN_RUSTC} is `{version}`, and the workspace needs {OLDEST_RUSTC}: upgrade the \
             packages {}, or install the target with `rustup target add {TARGET}`",
            DEBIAN_PACKAGES.join(" and ")
        );
        Ok(Some(Self::Debian { linker: find_linker()? }))
    }

    /// One line on which road it is.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Installed => format!("{TARGET}: there"),
            Self::Debian { .. } => format!("{TARGET}: there, by Debian's rustc and its library"),
        }
    }

    /// Fetches the crates the library is built of, so that the build itself can be offline.
    pub(crate) fn fetch(&self) -> Result<()> {
        match self {
            Self::Installed => Ok(()),
            Self::Debian { .. } => {
                let mut cargo = sh::cargo()?;
                cargo.args(["fetch", "--quiet", "--locked", "--manifest-path", DEBIAN_LIBRARY]);
                sh::run(self.apply(&mut cargo))
            }
        }
    }

    /// Makes a command's cargo take this road.
    pub(crate) fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        match self {
            Self::Installed => command,
            Self::Debian { linker } => command
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        }
    }
}

fn usual_rustc_has_target() -> Result<bool> {
    let mut rustc = usual_rustc()?;
    let folder = sh::output(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    let Ok(files) = Path::new(&folder).read_dir() else { return Ok(false) };
    let mut names = files.flatten().map(|file| file.file_name());
    Ok(names.any(|name| name.to_string_lossy().starts_with("libstd-")))
}

fn usual_rustc() -> Result<Command> {
    sh::command(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// The linker of the usual compiler, or LLVM's own from `PATH`.
fn find_linker() -> Result<PathBuf> {
    let root = PathBuf::from(sh::output(usual_rustc()?.args(["--print", "sysroot"]))?);
    let targets = root.join("lib/rustlib").read_dir().into_iter().flatten().flatten();
    let mut linkers = targets.map(|target| target.path().join("bin/rust-lld"));
    if let Some(linker) = linkers.find(|linker| linker.is_file()) {
        return Ok(linker);
    }
    ensure!(
        sh::is_there("wasm-ld"),
        "no linker for {TARGET}: neither rust-lld below {} nor wasm-ld (Debian's package lld)",
        root.display()
    );
    Ok(PathBuf::from("wasm-ld"))
}

/// Whether `rustc 1.96.0 (…)`, or a version as Debian writes it, is what the workspace asks for.
pub(crate) fn is_new_enough(version: &str) -> bool {
    let number = version.strip_prefix("rustc ").unwrap_or(version);
    let minor = |version: &str| -> Option<(u32, u32)> {
        let mut parts = version.split(['.', '+', '~', '-', ' ']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    minor(number).is_some_and(|found| Some(found) >= minor(OLDEST_RUSTC))
}

/// The version of Debian's compiler that its package would install, if there is one.
pub(crate) fn debian_candidate() -> Result<Option<String>> {
    let mut apt = sh::command("apt-cache")?;
    let policy = sh::output(apt.args(["policy", DEBIAN_PACKAGES[0]]).env("LC_ALL", "C"))
        .context("ask for Debian's compiler")?;
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    Ok(version.filter(|version| *version != "(none)").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_compiler_is_told_from_a_newer() {
        assert!(is_new_enough("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"));
        assert!(is_new_enough("1.96.0+dfsg1-1~deb12u2"));
        assert!(is_new_enough(OLDEST_RUSTC));
        assert!(!is_new_enough("1.85.0+dfsg3-1~deb12u3"));
        assert!(!is_new_enough("unknown"));
    }
}
