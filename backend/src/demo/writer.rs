//! The live writer: the shop goes on while people look, so that a snapshot always has something to
//! show.

use std::time::Duration;

use anyhow::Result;
use engine::{Clock, Engine};
use futures::TryStreamExt as _;

use super::{SEED, database::Database, image::Writes, schedule::Which};

/// How often the shop's customers are let in, and how many transactions they make each time: some
/// twenty pages a second.
const BEAT: Duration = Duration::from_secs(1);
const TRANSACTIONS: u64 = 10;

/// Goes on with the work of the demo's database.
#[derive(Debug)]
pub struct Writer {
    database: Database,
}

impl Writer {
    /// Knows the database again by what is on its disk; `None`: there is none.
    pub async fn open(engine: &Engine) -> Result<Option<Self>> {
        let reader = engine.read_disk(Which::Database.name()).await?;
        let size = reader.size().bytes();
        let read = async |start: u64, length: u64| -> Result<Vec<u8>> {
            let pieces: Vec<_> = reader.read(start..start + length).try_collect().await?;
            Ok(pieces.concat())
        };
        let database = Database::read(size, SEED, read).await?;
        Ok(database.map(|database| Self { database }))
    }

    /// Works until it is dropped, or until the disk is gone or is no managed one, which is no
    /// failure of anybody's.
    pub async fn run(mut self, engine: &Engine, clock: &dyn Clock) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            let mut writes = Writes::default();
            self.database.work(clock.now(), TRANSACTIONS, &mut writes);
            for (offset, bytes) in writes.pieces() {
                let bytes = bytes.to_vec().into();
                let written = engine.write_disk(Which::Database.name(), offset, bytes).await;
                if let Err(error) = written {
                    tracing::info!(%error, "the demo's shop is closed");
                    return;
                }
            }
        }
    }
}
