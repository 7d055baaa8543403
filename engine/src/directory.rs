//! The data directory: its files, and who may use it when.
//!
//! `D/lock` is shared by embedded commands and taken whole by garbage collection, rebuilds and
//! servers; `D/leases/<disk>` is taken by whoever writes a snapshot of the disk, and
//! `D/leases/deletions` shared by those who delete one. All are `flock`s, so a process that dies
//! gives them back.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use shared::DiskId;

use crate::error::Error;

/// How a data directory is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Beside other commands.
    Shared,
    /// Alone: for what must not meet a reader or a writer.
    Exclusive,
}

/// Told when a lock must be waited for, with what for.
pub type Waiting = Arc<dyn Fn(&str) + Send + Sync>;

/// The files of a data directory.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    root: PathBuf,
}

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

impl Directory {
    /// Makes the folder if it is not there.
    pub(crate) fn create(root: &Path) -> Result<Self, Error> {
        for folder in [root.to_owned(), root.join("leases")] {
            std::fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
        }
        // URLs of stores need the whole path, and a later change of folder must not move it.
        let root = root.canonicalize().map_err(failed("open", root))?;
        Ok(Self { root })
    }

    pub(crate) fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
    }

    /// Where the embedded default keeps its objects.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Takes `D/lock`.
    pub(crate) async fn lock(&self, access: Access, waiting: &Waiting) -> Result<Held, Error> {
        take(&self.root.join("lock"), access, waiting, "another skikt command to end").await
    }

    /// Takes a disk's lease.
    pub(crate) async fn lease(&self, disk: DiskId, waiting: &Waiting) -> Result<Held, Error> {
        let what = "another snapshot of the disk to end";
        take(&self.lease_path(disk), Access::Exclusive, waiting, what).await
    }

    /// Takes a disk's lease unless somebody has it.
    pub(crate) fn try_lease(&self, disk: DiskId) -> Result<Option<Held>, Error> {
        try_take(&self.lease_path(disk), Access::Exclusive)
    }

    /// Says that a snapshot is being deleted; many may be at once.
    pub(crate) async fn deleting(&self, waiting: &Waiting) -> Result<Held, Error> {
        let what = "what a crash left of a deletion to be resolved";
        take(&self.deletions_path(), Access::Shared, waiting, what).await
    }

    /// Takes the place of all who delete, unless somebody does.
    pub(crate) fn try_end_deletions(&self) -> Result<Option<Held>, Error> {
        try_take(&self.deletions_path(), Access::Exclusive)
    }

    fn deletions_path(&self) -> PathBuf {
        self.root.join("leases").join("deletions")
    }

    fn lease_path(&self, disk: DiskId) -> PathBuf {
        self.root.join("leases").join(disk.to_string())
    }
}

impl fmt::Display for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.display().fmt(f)
    }
}

pub(crate) fn failed<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Directory { action, path: path.to_owned(), source }
}

fn try_take(path: &Path, access: Access) -> Result<Option<Held>, Error> {
    let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
    let file = file.map_err(failed("open", path))?;
    let locked = match access {
        Access::Shared => file.try_lock_shared(),
        Access::Exclusive => file.try_lock(),
    };
    match locked {
        Ok(()) => Ok(Some(Held { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed("lock", path)(error)),
    }
}

async fn take(path: &Path, access: Access, waiting: &Waiting, what: &str) -> Result<Held, Error> {
    if let Some(held) = try_take(path, access)? {
        return Ok(held);
    }
    waiting(what);
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if let Some(held) = try_take(path, access)? {
            return Ok(held);
        }
    }
}
