//! A server: built, it has its data directory and its port; run, it answers until it is told to stop.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{App, HttpServer, web};
use engine::{Access, Engine};

use crate::{
    api::{self, frame::Hosts, once::Keys},
    assets::Assets,
    config::{Config, Remote},
    events::Events,
    jobs::Jobs,
    roots::ImageRoots,
    state::State,
    threads::Threads,
    written::Written,
};

/// The port that is tried first when none is named.
const PORT: u16 = 8080;

/// How long answers under way may take when the server stops, in seconds.
const FAREWELL: u64 = 5;

/// Why a server cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory cannot be opened.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// Other machines could reach it, and nobody said that they may.
    #[error("{0} can be reached from other machines, and whoever reaches it may do everything")]
    Remote(SocketAddr),
    /// The port cannot be had.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A folder that it was told of is not there.
    #[error(transparent)]
    Folder(io::Error),
    /// It broke off.
    #[error("the server broke off: {0}")]
    Run(io::Error),
}

/// A server that has its data directory and its port, and does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: web::Data<State>,
    hosts: web::Data<Hosts>,
    assets: web::Data<Assets>,
}

impl Server {
    /// Takes the data directory and the port, and takes up the jobs of the last start.
    pub async fn build(config: Config) -> Result<Self, ServeError> {
        let listener = Self::listen(&config)?;
        Self::build_at(listener, config).await
    }

    /// Takes the port alone: whoever has much to do before learns first whether it can be had.
    pub fn listen(config: &Config) -> Result<TcpListener, ServeError> {
        let remote = config.listen.filter(|address| !address.ip().is_loopback());
        if let (Some(address), Remote::Refused) = (remote, config.remote) {
            return Err(ServeError::Remote(address));
        }
        listen(config.listen)
    }

    /// The same as [`Self::build`] with a port that was taken before.
    pub async fn build_at(listener: TcpListener, config: Config) -> Result<Self, ServeError> {
        let address = listener.local_addr().map_err(ServeError::Run)?;

        let images = config.data.join("images");
        std::fs::create_dir_all(&images).map_err(ServeError::Folder)?;
        let folders: Vec<_> = [images].into_iter().chain(config.image_roots).collect();
        let roots = ImageRoots::new(&folders).map_err(ServeError::Folder)?;

        let clock = Arc::clone(&config.engine.clock);
        let (access, reach) = (Access::Exclusive, roots.reach());
        let options = engine::Options { access, reach, ..config.engine };
        let engine = Arc::new(Engine::open(&config.data, options).await?);
        engine.announce(Some(&format!("http://{address}")))?;

        let started_at = clock.now();
        let events = Arc::new(Events::new(started_at));
        let written = Arc::new(Written::new(Arc::clone(&engine), Arc::clone(&events)));
        let parts = (Arc::clone(&engine), Arc::clone(&clock), Arc::clone(&events), roots.clone());
        let jobs = Jobs::open(parts.0, parts.1, parts.2, parts.3).await?;
        let state = State {
            engine,
            jobs,
            written,
            events,
            roots,
            prices: config.prices,
            clock,
            started_at,
            demo: config.demo,
            stopping: tokio::sync::watch::Sender::new(false),
            keys: Keys::default(),
            threads: Threads::new(tokio::runtime::Handle::current()),
        };
        Ok(Self {
            listener,
            address,
            state: web::Data::new(state),
            hosts: web::Data::new(Hosts::new(address, &config.allow_hosts)),
            assets: web::Data::new(Assets::new(config.assets).map_err(ServeError::Folder)?),
        })
    }

    /// The port it has.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Where a browser on this machine finds it.
    pub fn url(&self) -> String {
        let host = match self.address.ip() {
            ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("http://{}/", SocketAddr::new(host, self.address.port()))
    }

    /// The engine, for whoever else in this process works on the data directory.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.state.engine)
    }

    /// Answers until `shutdown` returns; then lets answers under way end, and jobs reach a point
    /// from which the next start goes on.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self { listener, state, hosts, assets, .. } = self;
        let app = {
            let state = state.clone();
            move || {
                App::new()
                    .app_data(state.clone())
                    .app_data(hosts.clone())
                    .app_data(assets.clone())
                    .wrap(actix_web::middleware::from_fn(api::frame::frame))
                    .configure(api::configure)
                    .default_service(web::to(crate::assets::serve))
            }
        };
        let server = HttpServer::new(app)
            .disable_signals()
            .shutdown_timeout(FAREWELL)
            .listen(listener)
            .map_err(ServeError::Run)?
            .run();
        let handle = server.handle();
        let mut server = std::pin::pin!(server);
        tokio::select! {
            ended = &mut server => return ended.map_err(ServeError::Run),
            never = state.jobs.forget_old() => match never {},
            () = shutdown => {}
        }
        tracing::info!("stopping");
        state.stopping.send_replace(true);
        let farewell = async {
            tokio::join!(handle.stop(true), state.jobs.stop());
        };
        let (ended, ()) = tokio::join!(server, farewell);
        state.engine.announce(None)?;
        ended.map_err(ServeError::Run)
    }
}

/// The listener at an address; without one, at the loopback's first free port from [`PORT`] on.
fn listen(address: Option<SocketAddr>) -> Result<TcpListener, ServeError> {
    let at = |address| {
        TcpListener::bind(address).map_err(|source| ServeError::Listen { address, source })
    };
    if let Some(address) = address {
        return at(address);
    }
    let free = (PORT..PORT + 100).find_map(|port| at((Ipv4Addr::LOCALHOST, port).into()).ok());
    free.map_or_else(|| at((Ipv4Addr::LOCALHOST, PORT).into()), Ok)
}
