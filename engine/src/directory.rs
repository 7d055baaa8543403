//! The data directory: its files, and who may use it when.
//!
//! `D/lock` is shared by embedded commands and taken whole by garbage collection, rebuilds and
//! servers; `D/leases/<disk>` is taken by whoever writes a snapshot of the disk, and
//! `D/leases/deletions` shared by those who delete one. All are `flock`s, so a process that dies
//! gives them back. A server writes its address into `D/lock`: it is asked, not waited for.

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
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
    file: File,
}

impl Held {
    /// Writes text into the lock's file, for those who meet the lock.
    fn say(&self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).write_all(text.as_bytes())
    }
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

    /// Where managed disks have their files.
    pub(crate) fn disks(&self) -> PathBuf {
        self.root.join("disks")
    }

    /// Where one of them has its own.
    pub(crate) fn disk(&self, disk: DiskId) -> PathBuf {
        self.disks().join(disk.to_string())
    }

    /// Takes `D/lock`; an error where a server has it.
    pub(crate) async fn lock(&self, access: Access, waiting: &Waiting) -> Result<Held, Error> {
        let path = self.lock_path();
        let held = take(&path, access, waiting, "another skikt command to end").await?;
        // The address of a server that was killed.
        if path.metadata().is_ok_and(|file| file.len() > 0) {
            held.say("").map_err(failed("write", &path))?;
        }
        Ok(held)
    }

    /// Writes a server's address into `D/lock`, which it holds alone; `None` takes it out.
    pub(crate) fn announce(&self, lock: &Held, address: Option<&str>) -> Result<(), Error> {
        let line = address.map(|address| format!("{address}\n")).unwrap_or_default();
        lock.say(&line).map_err(failed("write", &self.lock_path()))
    }

    fn lock_path(&self) -> PathBuf {
        self.root.join("lock")
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

    /// Waits until nobody deletes a snapshot, and keeps it so.
    pub(crate) async fn no_deletions(&self, waiting: &Waiting) -> Result<Held, Error> {
        take(&self.deletions_path(), Access::Exclusive, waiting, "a deletion to end").await
    }

    /// Takes the right to change what is recorded of a disk.
    pub(crate) async fn recording(&self, disk: DiskId, waiting: &Waiting) -> Result<Held, Error> {
        let path = self.lease_path(disk).with_extension("record");
        take(&path, Access::Exclusive, waiting, "another change of the disk to end").await
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
        Ok(()) => Ok(Some(Held { file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed("lock", path)(error)),
    }
}

async fn take(path: &Path, access: Access, waiting: &Waiting, what: &str) -> Result<Held, Error> {
    let mut told = false;
    loop {
        if let Some(held) = try_take(path, access)? {
            return Ok(held);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        // Only now: who takes the lock empties the file of what a killed server left in it.
        if let Some(address) = server_at(path)? {
            return Err(Error::DataInUse { path: path.to_owned(), address });
        }
        if !std::mem::replace(&mut told, true) {
            waiting(what);
        }
    }
}

/// The address of the server that holds a lock, if one does.
fn server_at(path: &Path) -> Result<Option<String>, Error> {
    let mut text = String::new();
    let read = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    read.map_err(failed("read", path))?;
    let address = text.trim();
    // A server has it alone; what can be shared is held by a command.
    if address.is_empty() || try_take(path, Access::Shared)?.is_some() {
        return Ok(None);
    }
    Ok(Some(address.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_servers_lock_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::create(folder.path()).unwrap();
        let waiting: Waiting = Arc::new(|_| panic!("there is nothing to wait for"));
        let server = directory.lock(Access::Exclusive, &waiting).await.unwrap();
        directory.announce(&server, Some("http://127.0.0.1:8080")).unwrap();
        for access in [Access::Shared, Access::Exclusive] {
            let error = directory.lock(access, &waiting).await.unwrap_err();
            assert_eq!(error.code(), shared::Code::DataInUse);
            assert!(error.to_string().contains("http://127.0.0.1:8080"), "{error}");
        }
    }

    #[tokio::test]
    async fn the_address_of_a_killed_server_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::create(folder.path()).unwrap();
        std::fs::write(folder.path().join("lock"), "http://127.0.0.1:8080\n").unwrap();
        let waiting: Waiting = Arc::new(|_| {});
        let shared = directory.lock(Access::Shared, &waiting).await.unwrap();
        assert_eq!(std::fs::read(folder.path().join("lock")).unwrap(), b"");
        drop(shared);
    }
}
