//! All of it without a mouse.

use harness::{browser::Browser, server::Server};
use serde_json::json;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const CONTROL: char = '\u{e009}';

#[tokio::test]
async fn a_snapshot_is_taken_without_a_mouse() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    let browser = Browser::open(&server).await;
    server.take("web", "first");
    browser.goto("/").await;
    browser.until_ready().await;
    // The first stop leads past the navigation.
    browser.press(TAB).await;
    focused(&browser, "Skip to the page").await;
    browser.press(ENTER).await;
    browser.press("2").await;
    browser.until_path("/disks").await;
    browser.until("the page's name", "return document.activeElement.matches('h1')").await;
    browser.press_with(CONTROL, 'k').await;
    browser.until("the finder", "return document.activeElement.role === 'combobox'").await;
    browser.press("web").await;
    browser.until_text("first of web").await;
    browser.press("\u{e015}\u{e013}").await;
    browser.press(ENTER).await;
    browser.until_path("/disks/").await;
    browser.until_text("Timeline").await;
    tab_to(&browser, "Take snapshot").await;
    browser.press(ENTER).await;
    browser.until("the name", "return document.activeElement.matches('dialog input')").await;
    browser.press("by-keys").await;
    browser.press(ENTER).await;
    browser.named("Done").await;
    browser.press(ESCAPE).await;
    focused(&browser, "Take snapshot").await;
    assert_eq!(server.get("snapshots/by-keys").expect(200)["disk_name"], json!("web"));
    browser.press("?").await;
    browser.until_text("Find a page, a disk or a snapshot").await;
    browser.press(ESCAPE).await;
    browser.press("5").await;
    browser.until_path("/jobs").await;
    browser.close().await;
}

/// Waits until the focus is on what has these words.
async fn focused(browser: &Browser, words: &str) {
    let script = format!(
        "return document.activeElement.textContent.trim() === {}
            && getComputedStyle(document.activeElement).outlineStyle !== 'none'",
        json!(words)
    );
    browser.until(words, &script).await;
}

/// Goes from stop to stop until the focus is on what has these words.
async fn tab_to(browser: &Browser, words: &str) {
    let found = format!("return document.activeElement.textContent.trim() === {}", json!(words));
    for _ in 0..60 {
        if browser.run(&found).await == json!(true) {
            return;
        }
        browser.press(TAB).await;
    }
    panic!("no stop is called {words:?}");
}
