//! Chromium's driver: a process of its own, and the commands that only it knows.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::Value;
use url::{ParseError, Url};

/// A driver that runs; it ends with the value, and its browser with it.
#[derive(Debug)]
pub(super) struct Driver {
    process: Child,
    port: u16,
    /// The browser's session, once there is one.
    pub(super) session: Option<String>,
}

impl Driver {
    /// Starts it on a port of its choice.
    pub(super) fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.args(["--port=0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("chromedriver is installed: `cargo xtask setup`");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let port = loop {
            let line = lines.next().expect("the driver says its port").expect("the driver speaks");
            let found = line.split("started successfully on port ").nth(1);
            if let Some(Ok(port)) = found.map(|rest| rest.trim_end_matches('.').parse()) {
                break port;
            }
        };
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port, session: None }
    }

    /// Where it takes commands.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the browser, which would outlive a driver that is killed.
    fn end_session(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        let host = format!("127.0.0.1:{}", self.port);
        write!(
            connection,
            "DELETE /session/{session} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        BufReader::new(connection).read_line(&mut answer).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A test that failed may have left any of them gone already.
        drop(self.end_session());
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A command that only Chromium's driver knows.
#[derive(Debug)]
pub(super) struct OfChromium {
    pub(super) path: &'static str,
    pub(super) body: Value,
}

impl WebDriverCompatibleCommand for OfChromium {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
