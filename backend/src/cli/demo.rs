//! `skikt demo`: four disks with a month of life, in a folder that goes when the demo ends.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use clap::Args;
use engine::{Access, Clock as _, SystemClock};
use tempfile::TempDir;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{oneshot, watch},
};

use super::{Failure, disk, options, output, serve};
use crate::{
    Config, Server,
    demo::{self, Outcome, Scale, Writer},
};

/// Says that a folder holds a whole demo.
const MARK: &str = "demo";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Keep the demo in this folder, and go on with it the next time
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// How many days the disks have lived
    #[arg(long, value_name = "N", default_value_t = Scale::FULL.days)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// By what the disks' sizes are divided: small ones are soon there
    #[arg(long, value_name = "N", default_value_t = Scale::FULL.shrink, hide = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=16))]
    shrink: u64,
    #[command(flatten)]
    site: serve::Site,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let stop = watch_signals().map_err(Failure::Start)?;
    let Arguments { keep, days, shrink, site } = arguments;
    let folder = match keep {
        Some(path) => Folder::Kept(path),
        None => Folder::Temporary(temporary().context("make a folder for the demo")?),
    };
    let shown = Box::pin(show(folder.path(), Scale { days, shrink }, site, stop)).await;
    folder.leave(shown.is_ok())?;
    shown
}

/// Prepares what is not there yet, and serves it until somebody asks to stop.
async fn show(
    folder: &Path,
    scale: Scale,
    site: serve::Site,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let config = Config { demo: true, ..site.config(folder) };
    // Nobody is to wait for disks that cannot be shown.
    let listener = Server::listen(&config)?;
    if !is_prepared(folder)? {
        let mut tell = output::note;
        let stopped = || *stop.borrow();
        let (now, options) = (SystemClock.now(), options(Access::Exclusive));
        let prepared = demo::prepare(folder, scale, now, options, &mut tell, &stopped);
        match Box::pin(prepared).await? {
            Outcome::Prepared => fs::write(folder.join(MARK), "").context("mark the demo")?,
            Outcome::Stopped => return Ok(()),
        }
    }
    let server = Box::pin(Server::build_at(listener, config)).await?;
    let engine = server.engine();
    let writer = Writer::open(&engine).await?;
    let disks = engine.disks().await?;
    output::print(format!("{}\n\n", disk::list(&disks).trim_end()).as_bytes())?;
    serve::greet(&server)?;
    output::note("Ctrl-C ends the demo.");

    let (ended, end) = oneshot::channel::<()>();
    let serving = async {
        // An error would say that nobody listens for signals any more.
        let asked = async { drop(stop.wait_for(|&stop| stop).await) };
        let served = Box::pin(server.run_until(asked)).await;
        drop(ended);
        served
    };
    let working = async {
        if let Some(writer) = writer {
            Box::pin(writer.run(&engine, &SystemClock, end)).await;
        }
    };
    let (served, ()) = tokio::join!(serving, working);
    Ok(served?)
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

    /// Removes what is not to be kept, and says how to go on with what is.
    fn leave(self, is_whole: bool) -> anyhow::Result<()> {
        match self {
            Self::Kept(path) if is_whole && path.join(MARK).exists() => {
                output::note(&format!("Go on with it: skikt demo --keep {}", path.display()));
                Ok(())
            }
            Self::Kept(_) => Ok(()),
            Self::Temporary(folder) => folder.close().context("remove the demo's folder"),
        }
    }
}

fn temporary() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("skikt-demo-").tempdir()
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

/// Becomes true at the first signal that ends a program, so that what was made can be removed; the
/// second ends it where it is.
fn watch_signals() -> io::Result<watch::Receiver<bool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if sender.send_replace(true) {
                std::process::exit(130);
            }
        }
    });
    Ok(receiver)
}
