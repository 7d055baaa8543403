//! Who may use a managed disk's files when: readers beside each other, a writer alone.
//!
//! The lock is a `flock` on `D/disks/<disk>/lock`, so that processes exclude each other. Within
//! one process a queue comes first, so that those who wait take no thread each.

use std::{
    collections::HashMap,
    fs::File,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use shared::DiskId;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use super::blocking;
use crate::Access;

/// The queues of all managed disks of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gates(Arc<Mutex<HashMap<DiskId, Gate>>>);

/// The queue of one disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Arc<RwLock<()>>);

/// A disk's files, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    /// Given back first: who is next in the queue takes it.
    _lock: File,
    _turn: Turn,
}

#[derive(Debug)]
#[expect(dead_code, reason = "guards are held, not read")]
enum Turn {
    Reader(OwnedRwLockReadGuard<()>),
    Writer(OwnedRwLockWriteGuard<()>),
}

impl Gates {
    pub(super) fn of(&self, disk: DiskId) -> Gate {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(disk).or_default().clone()
    }
}

impl Gate {
    /// Waits for a turn, then for other processes.
    pub(super) async fn hold(&self, file: File, access: Access) -> io::Result<Hold> {
        let queue = Arc::clone(&self.0);
        let turn = match access {
            Access::Shared => Turn::Reader(queue.read_owned().await),
            Access::Exclusive => Turn::Writer(queue.write_owned().await),
        };
        blocking(move || {
            match access {
                Access::Shared => file.lock_shared()?,
                Access::Exclusive => file.lock()?,
            }
            Ok(Hold { _lock: file, _turn: turn })
        })
        .await
    }
}
