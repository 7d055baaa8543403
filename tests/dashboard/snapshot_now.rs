//! "Take snapshot": a dialog, progress as it is made, and a new bar without opening the page again.

use harness::{browser::Browser, cli::Skikt, image::Image, server::Server};
use serde_json::json;

#[tokio::test]
async fn a_snapshot_is_taken_and_shown_as_it_happens() {
    let skikt = Skikt::new();
    let mut server = Server::start(&skikt);
    let mut image = Image::counted(&skikt.path("data/images/web.img"), 96 << 20);
    let disk = server.attach("web", image.path()).expect(201);
    server.take("web", "first");
    image.scramble(0..48 << 20, 1);
    let browser = Browser::open(&server).await;
    browser.goto(&format!("/disks/{}", disk["id"].as_str().unwrap())).await;
    browser.until("one bar", &bars(1)).await;
    // It goes when the page is opened again, and tells of progress that was seen.
    browser
        .run(
            "window.progress = [];
            new MutationObserver(() => {
                const bar = document.querySelector('dialog[open] [role=progressbar]');
                if (bar) window.progress.push(Number(bar.getAttribute('aria-valuenow')));
            }).observe(document.body, { subtree: true, childList: true, attributes: true });",
        )
        .await;
    browser.click("Take snapshot").await;
    browser.fill("Name", "by-hand").await;
    server.running().slow_down();
    browser.click("Take snapshot").await;
    browser.until("progress", "return window.progress.some(it => it > 0 && it < 100)").await;
    server.running().speed_up();
    browser.until_text("by-hand: 48.0 MiB changed").await;
    browser.click("Done").await;
    browser.until("two bars", &bars(2)).await;
    assert_eq!(browser.run("return window.progress.length > 0").await, json!(true));
    browser.close().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    let browser = Browser::open(&server).await;
    browser.goto("/disks").await;
    browser.click("Snapshot").await;
    browser.fill("Name", "no spaces").await;
    browser.until_text("Use 1 to 80 letters").await;
    browser.field("Name").await.clear().await.unwrap();
    browser.fill("Name", "first").await;
    browser.click("Take snapshot").await;
    browser.until_text("snapshot_name_taken").await;
    browser.click("Not now").await;
    assert_eq!(server.get("snapshots").expect(200)["items"].as_array().unwrap().len(), 1);
    // The refusal itself is all that the console tells of.
    let said = browser.console().await;
    assert!(said.iter().all(|line| line.contains("409")), "{said:#?}");
    browser.close().await;
}

fn bars(count: usize) -> String {
    format!(
        "return document.querySelector('[role=slider]')?.getAttribute('aria-valuemax') === '{count}'"
    )
}
