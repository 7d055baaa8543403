//! `skikt demo`: four disks with a month of life, in a folder that goes when the demo ends.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, ensure};
use clap::Args;
use engine::{Access, Clock as _, Engine, SystemClock};
use shared::Page;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Failure, disk, options,
    output::{self, Output},
};
use crate::demo::{self, Outcome, Scale};

/// Says that a folder holds a whole demo.
const MARK: &str = "demo";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep the demo in this folder, and go on with it the next time
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let stop = watch_signals().map_err(Failure::Start)?;
    let folder = match arguments.keep {
        Some(path) => Folder::Kept(path),
        None => Folder::Temporary(tempfile::tempdir().context("make a folder for the demo")?),
    };
    if !is_prepared(folder.path())? {
        let mut tell = output::note;
        let stopped = || stop.load(Ordering::Relaxed);
        let (now, options) = (SystemClock.now(), options(Access::Exclusive));
        let prepared = demo::prepare(folder.path(), Scale::FULL, now, options, &mut tell, &stopped);
        match Box::pin(prepared).await? {
            Outcome::Prepared => {
                fs::write(folder.path().join(MARK), "").context("mark the demo")?;
            }

            Outcome::Stopped => return Ok(()),
        }
    }
    let engine = Engine::open(folder.path(), options(Access::Exclusive)).await?;
    output.value(&Page::whole(engine.disks().await?), |page| disk::list(&page.items))?;
    engine.close().await;
    Ok(())
}

/// Where a demo is.
enum Folder {
    Kept(PathBuf),
    /// Removed when this is dropped.
    Temporary(TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// Whether a folder holds a demo; one that holds anything else is left alone.
fn is_prepared(folder: &Path) -> anyhow::Result<bool> {
    if folder.join(MARK).exists() {
        return Ok(true);
    }
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("read {}", folder.display())),
    };
    ensure!(
        is_empty,
        "{} is neither empty nor a whole demo: name another folder, or remove it",
        folder.display()
    );
    Ok(false)
}

/// Set by the first SIGINT or SIGTERM, so that what was made can be removed.
fn watch_signals() -> io::Result<Arc<AtomicBool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        set.store(true, Ordering::Relaxed);
    });
    Ok(stop)
}
