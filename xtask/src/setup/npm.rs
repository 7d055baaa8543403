//! What npm's registry brings: files of packages, kept beside the other tools.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use super::apt;
use crate::{places, say, sh};

/// Finds what keeps a page from those who cannot see it or use a mouse; the tests run it in pages.
pub(crate) const AXE: File = File { package: "axe-core", version: "4.14.1", name: "axe.min.js" };

/// One file of a package at one version.
#[derive(Debug)]
pub(crate) struct File {
    package: &'static str,
    version: &'static str,
    name: &'static str,
}

impl File {
    /// Fetches it unless it is there. The folder gets its name last, so that an interrupted
    /// download is taken up again.
    pub(crate) fn install(&self) -> Result<()> {
        let name = format!("{}-{}", self.package, self.version);
        let folder = places::cache()?.join("tools").join(&name);
        if folder.join(self.name).is_file() {
            say::line(format_args!("{name}: there"));
            return Ok(());
        }
        say::line(format_args!("{name}: installing into {}", folder.display()));
        apt::ensure_programs(&[("npm", "npm"), ("tar", "tar")])?;
        let partial = folder.with_file_name(format!("{name}.partial"));
        fs::create_dir_all(&partial).with_context(|| format!("make {}", partial.display()))?;
        let mut npm = sh::command("npm")?;
        npm.args(["pack", "--silent", &format!("{}@{}", self.package, self.version)]);
        sh::run(npm.current_dir(&partial))?;
        let mut tar = sh::command("tar")?;
        tar.args(["--extract", "--strip-components=1", "--file"]);
        tar.args([&format!("{name}.tgz"), &format!("package/{}", self.name)]);
        sh::run(tar.current_dir(&partial))?;
        ensure!(partial.join(self.name).is_file(), "{name} has no {}", self.name);
        fs::rename(&partial, &folder)
            .with_context(|| format!("rename {} to {}", partial.display(), folder.display()))
    }
}
