//! Where things lie: the checkout, and the cache outside it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The checkout's root. Asked of the environment, not compiled in: two clones that share one
/// build folder may share this binary.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .context("find the checkout: run this as `cargo xtask <command>`")?;
    let root = PathBuf::from(manifest).parent().map(PathBuf::from);
    root.context("find the checkout above xtask/")
}

/// The cache that all clones share: `$XDG_CACHE_HOME/skikt`, by default `~/.cache/skikt`.
pub(crate) fn cache() -> Result<PathBuf> {
    let given = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = match given {
        Some(folder) => folder,
        None => env::home_dir().context("find the home folder")?.join(".cache"),
    };
    Ok(folder.join("skikt"))
}

/// Where cargo puts the release build: beside the folder of this program's profile.
pub(crate) fn release() -> Result<PathBuf> {
    let own = env::current_exe().context("find this program")?;
    let target = own.parent().and_then(Path::parent).context("find the target folder")?;
    Ok(target.join("release"))
}
