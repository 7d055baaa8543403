//! The live writer: the shop goes on while people look, so that a snapshot always has something to
//! show.

use std::time::Duration;

use anyhow::Result;
use engine::{Clock, Engine, Error};
use futures::TryStreamExt as _;
use shared::{Disk, DiskId, DiskSource};

use super::{SEED, database::Database, image::Writes, schedule::Which};

/// How often the shop's customers are let in, and how many transactions they make each time: some
/// twenty pages a second.
const BEAT: Duration = Duration::from_secs(1);
const TRANSACTIONS: u64 = 10;

/// Goes on with the work of the demo's database.
#[derive(Debug)]
pub struct Writer {
    disk: DiskId,
    database: Database,
}

impl Writer {
    /// Knows the database again by what is on its disk; `None`: there is none, or no managed disk.
    pub async fn open(engine: &Engine) -> Result<Option<Self>> {
        let disks = engine.disks().await?;
        let is_it = |disk: &&Disk| {
            disk.name.as_str() == Which::Database.name()
                && matches!(disk.source, DiskSource::Managed { .. })
        };
        let Some(disk) = disks.iter().find(is_it).map(|disk| disk.id) else { return Ok(None) };
        let reader = engine.read_disk(&disk.to_string()).await?;
        let size = reader.size().bytes();
        let read = async |start: u64, length: u64| -> Result<Vec<u8>> {
            let pieces: Vec<_> = reader.read(start..start + length).try_collect().await?;
            Ok(pieces.concat())
        };
        let database = Database::read(size, SEED, read).await?;
        Ok(database.map(|database| Self { disk, database }))
    }

    /// Works until `end` comes, or the disk is gone, which is no failure of anybody's.
    pub async fn run<T>(
        mut self,
        engine: &Engine,
        clock: &dyn Clock,
        end: impl Future<Output = T>,
    ) {
        let disk = self.disk.to_string();
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut end = std::pin::pin!(end);
        let mut is_ill = false;
        loop {
            // Here alone it ends: a write under way would outlive whoever waits for it.
            tokio::select! {
                _ = &mut end => return,
                _ = beat.tick() => {}
            }
            let mut writes = Writes::default();
            self.database.work(clock.now(), TRANSACTIONS, &mut writes);
            match engine.write_disk_ranges(&disk, &writes.into_pieces()).await {
                Ok(()) => is_ill = false,
                Err(Error::DiskNotFound(_)) => return,
                Err(error) => {
                    // What could not be written is lost to the shop, which goes on.
                    if !std::mem::replace(&mut is_ill, true) {
                        tracing::warn!(%error, "the demo's shop cannot write");
                    }
                }
            }
        }
    }
}
