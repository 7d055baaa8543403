//! What other programs are asked to do, in the words in which they do the same work.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::programs;
use crate::sh;

/// Hashes a disk on as many threads as there are cores.
pub(super) fn b3sum(disk: &Path, cores: usize) -> Result<Command> {
    let mut command = programs::B3SUM.command()?;
    command.args(["--num-threads", &cores.to_string()]).arg(disk);
    Ok(command)
}

/// Copies a disk whole, its zeros as holes.
pub(super) fn cp(disk: &Path, copy: &Path) -> Result<Command> {
    let mut command = programs::CP.command()?;
    command.arg("--sparse=always").arg(disk).arg(copy);
    Ok(command)
}

/// Copies a disk whole, its zeros as holes.
pub(super) fn qemu_img(disk: &Path, copy: &Path) -> Result<Command> {
    let mut command = programs::QEMU_IMG.command()?;
    command.args(["convert", "-f", "raw", "-O", "raw"]).arg(disk).arg(copy);
    Ok(command)
}

/// A restic repository with a cache of its own. Restic encrypts always, and compresses by default.
#[derive(Debug)]
pub(super) struct Restic {
    folder: PathBuf,
}

impl Restic {
    /// Makes a repository below a folder.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let restic = Self { folder: folder.join("restic") };
        sh::quietly(restic.command()?.arg("init"))?;
        Ok(restic)
    }

    /// Makes a repository with a first backup, unmeasured.
    pub(super) fn begin(folder: &Path, disk: &Path) -> Result<Self> {
        let restic = Self::create(folder)?;
        sh::quietly(&mut restic.backup(disk)?)?;
        Ok(restic)
    }

    /// All that it stores.
    pub(super) fn store(&self) -> PathBuf {
        self.folder.join("repository")
    }

    fn command(&self) -> Result<Command> {
        let mut command = programs::RESTIC.command()?;
        command.env("RESTIC_PASSWORD", "bench");
        command.arg("--quiet").arg("--repo").arg(self.store());
        command.arg("--cache-dir").arg(self.folder.join("cache"));
        Ok(command)
    }

    /// Backs a disk up.
    pub(super) fn backup(&self, disk: &Path) -> Result<Command> {
        let mut command = self.command()?;
        command.arg("backup").arg(disk);
        Ok(command)
    }

    /// Restores the newest backup, and tells where the disk will be then.
    pub(super) fn restore(&self, disk: &Path, folder: &Path) -> Result<(Command, PathBuf)> {
        let mut command = self.command()?;
        command.args(["restore", "latest", "--target"]).arg(folder);
        let path = disk.strip_prefix("/").context("a disk has a full path")?;
        Ok((command, folder.join(path)))
    }
}

/// A borg repository without encryption, with a cache of its own.
#[derive(Debug)]
pub(super) struct Borg {
    folder: PathBuf,
}

impl Borg {
    /// Makes a repository below a folder.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let borg = Self { folder: folder.join("borg") };
        fs::create_dir_all(&borg.folder).context("make borg's folder")?;
        sh::quietly(borg.command()?.args(["init", "--encryption", "none"]).arg(borg.store()))?;
        Ok(borg)
    }

    /// Makes a repository with a first archive, `base`, unmeasured.
    pub(super) fn begin(folder: &Path, disk: &Path) -> Result<Self> {
        let borg = Self::create(folder)?;
        sh::quietly(&mut borg.create_archive("base", disk)?)?;
        Ok(borg)
    }

    /// All that it stores.
    pub(super) fn store(&self) -> PathBuf {
        self.folder.join("repository")
    }

    fn command(&self) -> Result<Command> {
        let mut command = programs::BORG.command()?;
        command.env("BORG_BASE_DIR", &self.folder);
        command.env("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes");
        Ok(command)
    }

    fn archive(&self, name: &str) -> OsString {
        let mut archive = self.store().into_os_string();
        archive.push(format!("::{name}"));
        archive
    }

    /// Backs a disk up in chunks of 4 MiB, its holes left out.
    pub(super) fn create_archive(&self, name: &str, disk: &Path) -> Result<Command> {
        let mut command = self.command()?;
        command.args(["create", "--sparse", "--chunker-params", "fixed,4194304"]);
        command.args(["--compression", "lz4"]).arg(self.archive(name)).arg(disk);
        Ok(command)
    }

    /// Restores a backup, its zeros as holes, and tells where the disk will be then.
    pub(super) fn extract(
        &self,
        name: &str,
        disk: &Path,
        folder: &Path,
    ) -> Result<(Command, PathBuf)> {
        let mut command = self.command()?;
        command.args(["extract", "--sparse"]).arg(self.archive(name)).current_dir(folder);
        let path = disk.strip_prefix("/").context("a disk has a full path")?;
        Ok((command, folder.join(path)))
    }
}
