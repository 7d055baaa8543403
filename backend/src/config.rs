//! What a server is told when it starts: checked, and passed on explicitly.

use std::{net::SocketAddr, path::PathBuf};

use engine::Options;
use shared::PriceSheet;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// How it is opened; always alone, whatever this says.
    pub engine: Options,
    /// Where the server listens; `None`: the loopback's port 8080, or the next free one.
    pub listen: Option<SocketAddr>,
    /// Whether it may listen where other machines reach it.
    pub remote: Remote,
    /// Names that it is also known by, beside its address.
    pub allow_hosts: Vec<String>,
    /// Folders that images may be attached from, beside `images` in the data directory.
    pub image_roots: Vec<PathBuf>,
    /// What storage costs.
    pub prices: PriceSheet,
    /// A folder with the dashboard's files, in place of those built in.
    pub assets: Option<PathBuf>,
    /// Whether what it shows is made up.
    pub demo: bool,
}

/// Whether other machines may reach a server, which asks nobody who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// Only this machine may.
    Refused,
    /// Whoever reaches the address may do everything.
    Allowed,
}

impl Config {
    /// A server of this data directory, with everything else as it is when nobody says otherwise.
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            engine: Options::default(),
            listen: None,
            remote: Remote::Refused,
            allow_hosts: Vec::new(),
            image_roots: Vec::new(),
            prices: PriceSheet::azure_east_us(),
            assets: None,
            demo: false,
        }
    }
}
