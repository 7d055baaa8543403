//! The disks that are measured: an operating system's, and the same with no hole left in it.

use std::{
    fs,
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{
    bytes::Bytes,
    chance::{self, Chance},
    ext4::{Ext4, Put},
    files::{self, BLOCK},
    peers,
};
use crate::sh;

/// Where real files are taken from.
const SOURCES: [&str; 3] = ["/usr", "/etc", "/opt"];

/// How much of an operating system's disk its files may take, in hundredths: a fifth or more is
/// to be holes, and upgrades need room.
const FILLED: u64 = 60;

/// One file is at most this part of all.
const LARGEST: u64 = 50;

/// A raw image.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) path: PathBuf,
    pub(super) size: Bytes,
    /// What is not zeros, in whole blocks.
    pub(super) used: Bytes,
}

/// An operating system's disk: ext4, filled with files of this machine.
#[derive(Debug)]
pub(super) struct System {
    pub(super) disk: Disk,
    pub(super) volume: Ext4,
    /// Its files, in the order of their paths: the same here and on the disk.
    pub(super) files: Vec<PathBuf>,
}

impl Disk {
    /// What a file holds.
    pub(super) fn look_at(path: PathBuf) -> Result<Self> {
        let facts = fs::metadata(&path).with_context(|| format!("look at {}", path.display()))?;
        let used = files::used_blocks(&path)?.len() as u64;
        Ok(Self { path, size: Bytes(facts.len()), used: Bytes(used * BLOCK) })
    }

    /// A copy, for what changes it.
    pub(super) fn copy(&self, path: PathBuf) -> Result<Self> {
        sh::quietly(&mut peers::cp(&self.path, &path)?)?;
        Ok(Self { path, ..self.clone() })
    }

    /// Its size and how much of it is used, for people.
    pub(super) fn facts(&self) -> String {
        let holes = 100 - 100 * self.used.0 / self.size.0;
        format!("{} disk, {} used, {holes} % holes", self.size, self.used)
    }
}

impl System {
    /// Makes the disk; the same on the same machine.
    pub(super) fn create(folder: &Path, size: Bytes) -> Result<Self> {
        let path = folder.join("system.img");
        let mut volume = Ext4::create(&path, size)?;
        let files = pick(Bytes(size.0 * FILLED / 100));
        let put = files
            .iter()
            .filter_map(|file| Some(Put { path: file.to_str()?.to_owned(), from: file.clone() }));
        volume.put(&put.collect::<Vec<_>>())?;
        Ok(Self { disk: Disk::look_at(path)?, volume, files })
    }

    /// The same disk after years: what is free was written once, and never given back.
    pub(super) fn without_holes(&self, path: PathBuf) -> Result<Disk> {
        let disk = self.disk.copy(path)?;
        let used = files::used_blocks(&disk.path)?;
        let file = files::open(&disk.path)?;
        let mut chance = Chance::new(1);
        let mut block = [0; BLOCK as usize];
        let mut used = used.into_iter().peekable();
        for number in 0..disk.size.0 / BLOCK {
            if used.next_if_eq(&number).is_none() {
                chance.fill(&mut block);
                file.write_all_at(&block, number * BLOCK).context("fill a hole")?;
            }
        }
        Ok(Disk { used: disk.size, ..disk })
    }
}

/// Some of this machine's files, of so many bytes at most, in the order of their paths: a sample
/// of all, whatever their names.
fn pick(bytes: Bytes) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for source in SOURCES {
        walk(Path::new(source), bytes.0 / LARGEST, &mut found);
    }
    found.sort_by_cached_key(|(path, _)| chance::of_name(&path.to_string_lossy()));
    let mut left = bytes.0;
    let fits = |(_, length): &(PathBuf, u64)| {
        // Files take whole blocks, and an inode.
        let takes = length.next_multiple_of(BLOCK) + 256;
        let fits = takes <= left;
        left -= if fits { takes } else { 0 };
        fits
    };
    let mut picked: Vec<_> = found.into_iter().filter(fits).map(|(path, _)| path).collect();
    picked.sort();
    picked
}

/// Files that everybody may read, with their lengths.
fn walk(folder: &Path, longest: u64, found: &mut Vec<(PathBuf, u64)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Ok(facts) = fs::symlink_metadata(&path) else { continue };
        if facts.is_dir() {
            walk(&path, longest, found);
        } else if facts.is_file()
            && facts.permissions().mode() & 0o004 != 0
            && (1..=longest).contains(&facts.len())
            && is_plain(&path)
        {
            found.push((path, facts.len()));
        }
    }
}

/// Whether a path can stand in a script of `debugfs` unquoted.
fn is_plain(path: &Path) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    path.to_str().is_some_and(|text| text.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_systems_disk_has_holes_and_the_old_one_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let system = System::create(folder.path(), Bytes::mib(64)).unwrap();
        assert!(!system.files.is_empty());
        let (used, size) = (system.disk.used, system.disk.size);
        assert_eq!(size, Bytes::mib(64));
        assert!(Bytes::mib(20) < used && used.0 * 5 <= size.0 * 4, "{}", system.disk.facts());
        let old = system.without_holes(folder.path().join("old.img")).unwrap();
        assert_eq!(Disk::look_at(old.path.clone()).unwrap().used, size);
        assert_eq!(old.facts(), "64.0 MiB disk, 64.0 MiB used, 0 % holes");
    }

    #[test]
    fn what_is_picked_fits() {
        let picked = pick(Bytes::mib(8));
        let length = |path: &PathBuf| fs::metadata(path).unwrap().len();
        let blocks: u64 = picked.iter().map(|path| length(path).div_ceil(BLOCK)).sum();
        let together = Bytes(blocks * BLOCK);
        assert!((Bytes::mib(7)..=Bytes::mib(8)).contains(&together), "{together}");
    }
}
