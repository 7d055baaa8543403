//! A real browser, headless, with an empty profile: Debian's Chromium, driven by its own driver.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{
    Client, ClientBuilder, Locator, elements::Element, wd::WebDriverCompatibleCommand,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// How long a page may take to show what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The widths at which pages are looked at, with the heights that go with them.
pub const WIDTHS: [(u32, u32); 3] = [(1440, 900), (1024, 768), (390, 844)];

/// Light or dark, as the system asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

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
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser on a server's address.
    pub async fn open(home: &str) -> Self {
        let profile = tempfile::tempdir().expect("a profile's folder can be made");
        let (driver, port) = start_driver();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
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
        let client = ClientBuilder::new(hyper_connector())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the driver starts a browser");
        let browser =
            Self { client, home: home.trim_end_matches('/').to_owned(), driver, _profile: profile };
        browser.size(WIDTHS[0]).await;
        browser
    }

    /// Ends it; whatever the console said by then is checked first.
    pub async fn close(mut self) {
        let said = self.console().await;
        assert!(said.is_empty(), "the console has errors: {said:#?}");
        self.client.clone().close().await.expect("a session can be closed");
        // The session is over, and the driver with it.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
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

    pub async fn reload(&self) {
        self.client.refresh().await.expect("a page can be opened again");
    }

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
        self.features(&[("prefers-color-scheme", theme.as_str())]).await;
    }

    /// Makes the system ask for no motion.
    pub async fn still(&self) {
        self.features(&[("prefers-reduced-motion", "reduce")]).await;
    }

    async fn features(&self, features: &[(&str, &str)]) {
        let features: Vec<_> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Waits for an element, by a CSS selector.
    pub async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                panic!("{css} is not on {}: {error}\n{}", self.path().await, self.text().await)
            }
        }
    }

    /// Waits for an element whose text holds these words: `button`, `a`, `h1`, …
    pub async fn find_text(&self, tag: &str, words: &str) -> Element {
        let path = format!("//{tag}[contains(normalize-space(.), {words:?})]");
        let locator = Locator::XPath(&path);
        let found = self.client.wait().at_most(PATIENCE).for_element(locator).await;
        match found {
            Ok(element) => element,
            Err(error) => {
                panic!("{path} is not on {}: {error}\n{}", self.path().await, self.text().await)
            }
        }
    }

    /// How many elements a CSS selector finds now.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.map_or(0, |all| all.len())
    }

    /// Clicks on what a CSS selector finds.
    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("click {css}: {error}"));
    }

    /// Clicks on what has these words.
    pub async fn click_text(&self, tag: &str, words: &str) {
        let element = self.find_text(tag, words).await;
        element.click().await.unwrap_or_else(|error| panic!("click {tag} {words:?}: {error}"));
    }

    /// Types into what a CSS selector finds, after what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        element.send_keys(text).await.unwrap_or_else(|error| panic!("type into {css}: {error}"));
    }

    /// Types on whatever has the focus.
    pub async fn press(&self, keys: &str) {
        let active = self.client.active_element().await.expect("something has the focus");
        active.send_keys(keys).await.expect("keys can be pressed");
    }

    /// Waits until a script's value is true.
    pub async fn until(&self, what: &str, script: &str) {
        let start = tokio::time::Instant::now();
        while self.run(script).await != Value::Bool(true) {
            assert!(
                start.elapsed() < PATIENCE,
                "{what}: it did not come to be on {}\n{}",
                self.path().await,
                self.text().await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page's text holds these words.
    pub async fn until_text(&self, words: &str) {
        let script = format!("return document.body.innerText.includes({})", json!(words));
        self.until(&format!("{words:?}"), &script).await;
    }

    /// The page's text, as it is seen.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        let ran = self.client.execute(script, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What axe finds that keeps people from using the page, each as one line.
    pub async fn axe(&self) -> Vec<String> {
        self.run(&axe_source()).await;
        let script = "
            const done = arguments[arguments.length - 1];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
            axe.run(document, { runOnly: tags }).then(found => done(found.violations.map(it =>
                `${it.id}: ${it.help}: ` + it.nodes.map(node => node.html).join(' | '))));";
        let found = self.client.execute_async(script, Vec::new()).await.expect("axe runs");
        let lines = found.as_array().expect("axe answers with a list");
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Errors and warnings that the console has had since it was last asked, of the policies that
    /// a page broke among others.
    pub async fn console(&self) -> Vec<String> {
        let log = self.issue("/se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().cloned().unwrap_or_default();
        let bad = entries.iter().filter(|it| it["level"] == "SEVERE" || it["level"] == "WARNING");
        bad.map(|it| it["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Keeps a picture of the window below `target/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        let picture = self.client.screenshot().await.expect("a picture can be taken");
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join(format!("{name}.png")), picture).expect("a picture can be kept");
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

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that fails leaves neither the driver nor, with it, the browser.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A command that only Chromium's driver knows.
#[derive(Debug)]
struct OfChromium {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for OfChromium {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

fn hyper_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

/// Starts the driver on a port of its choice.
fn start_driver() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    command.args(["--port=0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut driver = command.spawn().expect("chromedriver is installed: `cargo xtask setup`");
    let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
    let port = loop {
        let line = lines.next().expect("the driver says its port").expect("the driver speaks");
        let found = line.split("on port ").nth(1).map(|rest| rest.trim_end_matches('.').parse());
        if let Some(Ok(port)) = found {
            break port;
        }
    };
    // Whatever else it says must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port)
}

/// The script that `cargo xtask setup` fetched.
fn axe_source() -> String {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let file = cache.expect("there is a home").join("skikt/tools/axe-core-4.14.1/axe.min.js");
    fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask setup`", file.display()))
}
