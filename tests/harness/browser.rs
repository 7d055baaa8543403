//! A real browser, headless, with an empty profile: Debian's Chromium, driven by its own driver.

mod driver;
mod hands;
mod look;

use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use self::driver::{Driver, OfChromium};
use crate::server::Server;

/// How long a page may take to show what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many browsers run at once, however many tests do: each keeps a core busy.
static ROOM: Semaphore = Semaphore::const_new(2);

/// The widths at which pages are looked at, with the heights that go with them.
pub const WIDTHS: [(u32, u32); 2] = [(1440, 900), (390, 844)];

/// Light or dark, as the system asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The theme as media queries spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A browser that shows a server's pages.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    home: String,
    // In this order, so that a profile goes after the browser that writes to it.
    _driver: Driver,
    _profile: TempDir,
    _permit: SemaphorePermit<'static>,
}

impl Browser {
    /// Starts a browser for a server's pages.
    pub async fn open(server: &Server) -> Self {
        let page = server.request("GET", "/").header("accept", "text/html").send();
        assert!(
            String::from_utf8_lossy(&page.body).contains("frontend"),
            "the dashboard was not built: run `cargo xtask dashboard`"
        );
        let permit = ROOM.acquire().await.expect("it is never closed");
        let profile = tempfile::tempdir().expect("a profile's folder can be made");
        let mut driver = Driver::start();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--force-color-profile=srgb",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", profile.path().display()),
        ]
        .map(str::to_owned);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address())
            .await
            .expect("the driver starts a browser");
        driver.session = client.session_id().await.expect("the driver answers");
        let home = format!("http://127.0.0.1:{}", server.port());
        let browser = Self { client, home, _driver: driver, _profile: profile, _permit: permit };
        browser.size(WIDTHS[0]).await;
        browser
    }

    /// Ends it; whatever the console said by then is checked first.
    pub async fn close(self) {
        let said = self.console().await;
        assert!(said.is_empty(), "the console has errors: {said:#?}");
    }

    /// Opens a page of the server.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.home)).await.expect("a page can be opened");
    }

    /// Where it is now, without the server's address.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("a page has an address");
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", url.path())
    }

    /// Opens the page again.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("a page can be opened again");
    }

    /// Goes back to the page before.
    pub async fn back(&self) {
        self.client.back().await.expect("there is a page before");
    }

    /// Gives the window's content a size.
    pub async fn size(&self, (width, height): (u32, u32)) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Makes the system ask for a theme.
    pub async fn theme(&self, theme: Theme) {
        let feature = json!({ "name": "prefers-color-scheme", "value": theme.as_str() });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] })).await;
    }

    /// Waits until a script's value is true.
    pub async fn until(&self, what: &str, script: &str) {
        self.wait_for(what, script, |value| *value == true).await;
    }

    /// Waits until the page's text holds these words.
    pub async fn until_text(&self, words: &str) {
        let script = format!(
            "return document.body.innerText.replaceAll('\u{a0}', ' ').includes({})",
            json!(words)
        );
        self.until(&format!("{words:?}"), &script).await;
    }

    /// Waits until it is at a path that begins so.
    pub async fn until_path(&self, start: &str) {
        let script =
            format!("return (location.pathname + location.search).startsWith({})", json!(start));
        self.until(&format!("a path {start:?}"), &script).await;
    }

    /// Waits until a page shows what it asked for.
    pub async fn until_ready(&self) {
        let script = "return document.querySelector('main h1') !== null
            && document.querySelector('[aria-busy=true]') === null";
        self.until("the page", script).await;
    }

    /// The page's text, as it is seen.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().replace('\u{a0}', " ")
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        let ran = self.client.execute(script, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script in the page whose last argument takes its value.
    pub async fn run_async(&self, script: &str) -> Value {
        let ran = self.client.execute_async(script, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    async fn wait_for(&self, what: &str, script: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let start = tokio::time::Instant::now();
        loop {
            let value = self.run(script).await;
            if is_it(&value) {
                return value;
            }
            if start.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                let (path, text) = (self.path().await, self.text().await);
                panic!("{what}: it did not come to be on {path} ({value})\n{text}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.issue("/goog/cdp/execute", body).await;
    }

    async fn issue(&self, path: &'static str, body: Value) -> Value {
        let issued = self.client.issue_cmd(OfChromium { path, body }).await;
        issued.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}
