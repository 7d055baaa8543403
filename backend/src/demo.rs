//! The demo: four disks with a month of life behind them, each recognisable by its changes. The
//! bytes are made up or this machine's own files; every snapshot is taken by the engine, and only
//! the clock is not real.

mod chance;
mod clock;
mod database;
mod history;
mod image;
mod logs;
mod packages;
mod scale;
mod schedule;
mod system;
mod volume;
mod words;
mod writer;

use std::{fs, path::Path, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use engine::{Access, Engine, Options};
use jiff::Timestamp;

use self::{
    clock::SetClock,
    history::{History, lap},
};
pub use self::{scale::Scale, writer::Writer};

/// From which all chance of the demo follows.
const SEED: u64 = 0x5b1d;

/// How preparing a demo ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The disks are there, with all of their life.
    Prepared,
    /// It was asked to stop, and what is there is not whole.
    Stopped,
}

/// Makes the disks in a data directory, and lets them live up to `end`.
///
/// `options` are the data directory's; their clock is replaced. `tell` is given a line for each
/// step; `stopped` is asked between them.
pub async fn prepare(
    folder: &Path,
    scale: Scale,
    end: Timestamp,
    options: Options,
    tell: &mut (dyn FnMut(&str) + Send),
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Outcome> {
    let images = folder.join("images");
    fs::create_dir_all(&images).with_context(|| format!("make {}", images.display()))?;
    let clock = Arc::new(SetClock::at(schedule::begin(scale, end)));
    let set = Arc::clone(&clock);
    let options = Options { access: Access::Exclusive, clock: set, ..options };
    let engine = Engine::open(folder, options).await?;
    tell("Making four disks");
    let begun = History::begin(&engine, &clock, &images, scale, end, tell, stopped).await?;
    let Some(mut history) = begun else {
        engine.close().await;
        return Ok(Outcome::Stopped);
    };
    let events = schedule::events(scale, end);
    tell(&format!("Living {} days", scale.days));
    let start = Instant::now();
    for (time, event) in events {
        if stopped() {
            engine.close().await;
            return Ok(Outcome::Stopped);
        }
        history.play(time, event).await?;
    }
    let (took, snapshots) = (start.elapsed(), history.snapshots_took);
    let life = took.saturating_sub(snapshots);
    tell(&lap("what happened on the disks", life));
    let count = engine.snapshots(None).await?.len();
    tell(&lap(&format!("{count} snapshots"), snapshots));
    engine.close().await;
    Ok(Outcome::Prepared)
}
