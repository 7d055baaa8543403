//! What a page is to those who look at it: its picture, its faults, whether it stands still.

use std::{fs, path::PathBuf};

use serde_json::json;

use super::Browser;

impl Browser {
    /// What axe finds that keeps people from using the page, each as one line.
    pub async fn axe(&self) -> Vec<String> {
        self.run(&axe_source()).await;
        let script = "
            const done = arguments[arguments.length - 1];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
            axe.run(document, { runOnly: tags }).then(found => done(found.violations.map(it =>
                `${it.id}: ${it.help}: ` + it.nodes.map(node => node.html).join(' | '))));";
        let found = self.run_async(script).await;
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

    /// By how much what is on the page jumped since it was opened, as browsers measure it.
    pub async fn layout_shift(&self) -> f64 {
        let script = "
            const done = arguments[arguments.length - 1];
            let sum = 0;
            new PerformanceObserver(list => {
                for (const it of list.getEntries()) if (!it.hadRecentInput) sum += it.value;
            }).observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => done(sum), 100);";
        self.run_async(script).await.as_f64().expect("a shift is a number")
    }

    /// Whether one has to scroll sideways to see all of it.
    pub async fn is_too_wide(&self) -> bool {
        let script = "const it = document.documentElement; return it.scrollWidth > it.clientWidth";
        self.run(script).await == true
    }

    /// Keeps a picture of the window below `target/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        let picture = self.client.screenshot().await.expect("a picture can be taken");
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join(format!("{name}.png")), picture).expect("a picture can be kept");
    }
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
