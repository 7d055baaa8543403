//! `skikt serve`: the API and the dashboard.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use shared::{Code, PriceSheet, Problem};
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Place, output};
use crate::{Config, Remote, Server, telemetry::LogFormat};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// A folder that images may be attached from, beside `images` in the data directory; several in turn
    #[arg(long, value_name = "DIR")]
    image_root: Vec<PathBuf>,
    /// What storage costs, as JSON [default: Azure's prices, East US]
    #[arg(long, value_name = "FILE")]
    price_sheet: Option<PathBuf>,
    /// How to write logs
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(super) log_format: LogFormat,
}

/// Where a server is, and what it shows.
#[derive(Debug, Args)]
pub(super) struct Site {
    /// Where to listen; port 0 takes any [default: 127.0.0.1:8080, or the next free port]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Listen where other machines reach it; whoever does may do everything
    #[arg(long)]
    allow_remote: bool,
    /// A name that browsers may know the server by, beside its address; several in turn
    #[arg(long, value_name = "NAME", value_parser = host)]
    allow_host: Vec<String>,
    /// Serve the dashboard's files from this folder, to work on them
    #[arg(long, value_name = "DIR")]
    assets_dir: Option<PathBuf>,
}

pub(super) async fn run(arguments: Arguments, place: &Place) -> Result<(), Failure> {
    let prices = match &arguments.price_sheet {
        Some(path) => read_prices(path)?,
        None => PriceSheet::azure_east_us(),
    };
    let data = place.data()?;
    let config =
        Config { image_roots: arguments.image_root, prices, ..arguments.site.config(data) };
    // From now on: a signal that comes while the data directory is opened is not lost.
    let stop = stop_signal().map_err(Failure::Start)?;
    let server = Box::pin(Server::build(config)).await?;
    greet(&server)?;
    Ok(Box::pin(server.run_until(stop)).await?)
}

/// Says where a server is.
pub(super) fn greet(server: &Server) -> std::io::Result<()> {
    output::print(format!("skikt is at {}\n", server.url()).as_bytes())
}

impl Site {
    /// A server of a data directory, at this place.
    pub(super) fn config(self, data: &Path) -> Config {
        Config {
            engine: super::options(engine::Access::Exclusive),
            listen: self.listen,
            remote: if self.allow_remote { Remote::Allowed } else { Remote::Refused },
            allow_hosts: self.allow_host,
            assets: self.assets_dir,
            ..Config::new(data.to_owned())
        }
    }
}

/// Returns at the first SIGINT or SIGTERM; the second ends the process where it is.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut first = Some(sender);
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            match first.take() {
                Some(sender) => drop(sender.send(())),
                None => std::process::exit(130),
            }
        }
    });
    Ok(async move { drop(receiver.await) })
}

/// A host's name or address; it may come with any port, so none can be given.
fn host(text: &str) -> Result<String, String> {
    let is_named = !text.is_empty() && !text.contains(['/', '@', ' ']);
    let has_port = match text.rsplit_once(':') {
        Some((_, end)) => !(text.starts_with('[') && end.ends_with(']')),
        None => false,
    };
    match (is_named, has_port) {
        (true, false) => Ok(text.to_owned()),
        (true, true) => Err("give the name alone: it may come with any port".to_owned()),
        (false, _) => Err("this is no host's name".to_owned()),
    }
}

fn read_prices(path: &Path) -> Result<PriceSheet, Failure> {
    let refused = |reason: String| {
        Failure::Refused(Problem {
            code: Code::InvalidRequest,
            detail: format!("{} is no price sheet: {reason}", path.display()),
            help: Some("docs/operations.md shows one".to_owned()),
        })
    };
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))
}
