//! The folder of a run: one run at a time, room enough, nothing left behind.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use nix::{sys::statvfs::statvfs, unistd::syncfs};

use super::bytes::Bytes;
use crate::{places, say};

/// Below the folder that was asked for; nothing beside it is ever touched.
const NAME: &str = "skikt-bench";

/// The folder of a run, which goes with it unless it is to be kept.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    keep: bool,
    /// The folder above it, held as long as the run: two of them would measure each other.
    lock: File,
}

impl Place {
    /// Takes the folder, empties it of what an interrupted run left, and sees that there is room.
    pub(super) fn take(dir: Option<&Path>, keep: bool, room: Bytes) -> Result<Self> {
        let dir = dir.map_or_else(places::cache, |dir| Ok(dir.to_path_buf()))?;
        fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
        let dir = dir.canonicalize().with_context(|| format!("find {}", dir.display()))?;
        let lock = File::open(&dir).with_context(|| format!("open {}", dir.display()))?;
        ensure!(
            lock.try_lock().is_ok(),
            "another run has {}: wait for it, or use --dir",
            dir.display()
        );
        let place = Self { folder: dir.join(NAME), keep, lock };
        remove(&place.folder)?;
        let facts = statvfs(&dir).with_context(|| format!("ask for room in {}", dir.display()))?;
        let free = Bytes(facts.blocks_available() * facts.fragment_size());
        ensure!(
            free >= room,
            "{} has {free} left, and these rows need {room}: use --dir for another file system, \
             --size for smaller disks, or --only for fewer rows",
            dir.display()
        );
        fs::create_dir(&place.folder)
            .with_context(|| format!("make {}", place.folder.display()))?;
        Ok(place)
    }

    /// The folder itself.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A fresh folder for one row; what was there goes.
    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        remove(&folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(folder)
    }

    /// Gives back a row's room, unless all is kept.
    pub(super) fn done_with(&self, name: &str) -> Result<()> {
        if self.keep { Ok(()) } else { remove(&self.folder.join(name)) }
    }

    /// Waits until all that was written is on the disk, so that nobody pays for another's writes.
    pub(super) fn settle(&self) -> Result<()> {
        syncfs(&self.lock).context("sync the file system")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.keep {
            say::error(&format!("kept: {}", self.folder.display()));
        } else if let Err(error) = remove(&self.folder) {
            say::error(&format!("left behind: {error:#}"));
        }
    }
}

/// Removes a file or a folder with all that is in it; none there is fine.
pub(super) fn remove(path: &Path) -> Result<()> {
    let Ok(facts) = fs::symlink_metadata(path) else { return Ok(()) };
    let removed = if facts.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.with_context(|| format!("remove {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_leaves_nothing_but_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine"), "").unwrap();
        fs::create_dir(dir.path().join(NAME)).unwrap();
        fs::write(dir.path().join(NAME).join("left-behind"), "").unwrap();
        let place = Place::take(Some(dir.path()), false, Bytes(1)).unwrap();
        assert_eq!(fs::read_dir(place.folder()).unwrap().count(), 0);
        fs::write(place.fresh("first").unwrap().join("disk"), "").unwrap();
        place.settle().unwrap();
        place.done_with("first").unwrap();
        assert_eq!(fs::read_dir(place.folder()).unwrap().count(), 0);
        drop(place);
        assert!(!dir.path().join(NAME).exists());
        assert!(dir.path().join("mine").exists());
    }

    #[test]
    fn what_is_to_be_kept_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::take(Some(dir.path()), true, Bytes(1)).unwrap();
        let folder = place.fresh("first").unwrap();
        place.done_with("first").unwrap();
        drop(place);
        assert!(folder.exists());
    }

    #[test]
    fn two_runs_do_not_share_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let _place = Place::take(Some(dir.path()), false, Bytes(1)).unwrap();
        let error = Place::take(Some(dir.path()), false, Bytes(1)).unwrap_err();
        assert!(error.to_string().starts_with("another run has "), "{error}");
    }

    #[test]
    fn too_little_room_is_said_before_anything_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let error = Place::take(Some(dir.path()), false, Bytes::tib(1 << 20)).unwrap_err();
        assert!(error.to_string().contains("and these rows need 1048576.0 TiB"), "{error}");
        assert!(!dir.path().join(NAME).exists());
    }
}
