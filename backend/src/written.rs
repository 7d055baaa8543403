//! Tells of disks that are written to: at once, and then as often as people can follow, since what
//! a disk has that is in no snapshot takes work to count.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use engine::Engine;
use shared::{DiskId, Event};

use crate::events::Events;

/// How often a disk is told of at most.
const PAUSE: Duration = Duration::from_millis(250);

/// The disks that were told of a moment ago; `true`: and were written to since.
#[derive(Debug)]
pub(crate) struct Written {
    engine: Arc<Engine>,
    events: Arc<Events>,
    lately: Mutex<HashMap<DiskId, bool>>,
}

impl Written {
    pub(crate) fn new(engine: Arc<Engine>, events: Arc<Events>) -> Self {
        Self { engine, events, lately: Mutex::default() }
    }

    /// Tells of a disk that was written to: before this returns, or soon if it was told of a
    /// moment ago.
    pub(crate) async fn tell(self: &Arc<Self>, disk: DiskId) {
        if self.is_told_lately(disk) {
            return;
        }
        self.publish(disk).await;
        let this = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                if !this.is_again(disk) {
                    return;
                }
                this.publish(disk).await;
            }
        });
    }

    /// Whether a disk was told of a moment ago, so that this write is told later; if not, it is now.
    fn is_told_lately(&self, disk: DiskId) -> bool {
        match self.lately().entry(disk) {
            Entry::Occupied(mut again) => {
                again.insert(true);
                true
            }
            Entry::Vacant(first) => {
                first.insert(false);
                false
            }
        }
    }

    /// Whether a disk was written to since it was told of; if not, the next write is told at once.
    fn is_again(&self, disk: DiskId) -> bool {
        let mut lately = self.lately();
        match lately.get_mut(&disk) {
            Some(again) if *again => {
                *again = false;
                true
            }
            _ => {
                lately.remove(&disk);
                false
            }
        }
    }

    async fn publish(&self, disk: DiskId) {
        // Of one that is gone by now, others tell.
        if let Ok(disk) = self.engine.disk(&disk.to_string()).await {
            self.events.publish(Event::Disk(disk));
        }
    }

    fn lately(&self) -> MutexGuard<'_, HashMap<DiskId, bool>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
