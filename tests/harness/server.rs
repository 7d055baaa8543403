//! The real server, at a port of its own on a data directory of its own.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    cli::Skikt,
    http::{Answer, Request},
    image::Image,
    running::{Ran, Running},
};

/// A server that runs; killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    running: Running,
    port: u16,
}

impl Server {
    /// Starts it on a folder's data directory, and waits until it answers.
    pub fn start(skikt: &Skikt) -> Self {
        Self::start_with(skikt, "")
    }

    /// The same with more arguments.
    pub fn start_with(skikt: &Skikt, arguments: &str) -> Self {
        Self::start_at(skikt, 0, arguments)
    }

    /// The same at a port where another one was.
    pub fn start_at(skikt: &Skikt, port: u16, arguments: &str) -> Self {
        let mut command = format!("serve --listen 127.0.0.1:{port} {arguments}");
        // What was built last, rather than what was when the program was.
        let dashboard = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target/dashboard");
        if dashboard.is_dir() {
            command += &format!(" --assets-dir {}", dashboard.display());
        }
        Self::of(skikt.start(&command))
    }

    /// What was started and will serve, as soon as it answers.
    pub fn of(mut running: Running) -> Self {
        let line = running.line_with("skikt is at");
        let port = line.trim_end_matches('/').rsplit(':').next().and_then(|it| it.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {line:?}"));
        Self { running, port }
    }

    /// A folder with a server, and in it a disk `web` of `size` random bytes.
    pub fn with_disk(size: u64) -> (Skikt, Self, Image) {
        let skikt = Skikt::new();
        let server = Self::start(&skikt);
        let image = skikt.random_image("data/images/web.img", size);
        server.attach("web", image.path()).expect(201);
        (skikt, server, image)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its address, as it is given to commands.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A request to it.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.port, method, path)
    }

    /// What is at a path.
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    /// What a path answers to a body.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }

    /// Attaches an image.
    pub fn attach(&self, name: &str, image: &Path) -> Answer {
        let source = json!({"kind": "attached", "path": image});
        self.post("disks", &json!({"name": name, "source": source}))
    }

    /// Asks for work and waits for its end: the job.
    pub fn job(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path).json(body).header("prefer", "wait=60").send().expect(200)
    }

    /// Takes a snapshot: as it is told.
    pub fn take(&self, disk: &str, name: &str) -> Value {
        let job = self.job(&format!("disks/{disk}/snapshots"), &json!({"name": name}));
        assert_eq!(job["state"], "done", "{job}");
        job["result"]["snapshot"].clone()
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn stop(self) -> Ran {
        self.end(Signal::SIGTERM)
    }

    /// Kills it where it is.
    pub fn kill(self) {
        self.end(Signal::SIGKILL);
    }

    /// Sends it a signal that ends it, and waits until it has.
    pub fn end(self, signal: Signal) -> Ran {
        self.running.signal(signal);
        self.running.finish()
    }

    /// The process, to stop it at a moment.
    pub const fn running(&mut self) -> &mut Running {
        &mut self.running
    }
}
