//! The list of disks: one is let go, and none of its bytes without a word.

use harness::{browser::Browser, cli::Skikt, life::Life, server::Server};
use serde_json::json;
use shared::ExportFormat;

#[tokio::test]
async fn a_disk_that_is_written_while_one_is_asked_is_asked_about_again() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let source = json!({"kind": "empty", "size_bytes": 1 << 20});
    server.post("disks", &json!({"name": "web", "source": source})).expect(201);
    let browser = Browser::open(&server).await;
    browser.goto("/disks").await;
    browser.click("Detach web").await;
    browser.until_text("nothing of it will be left").await;
    write(&server, "web", &[7; 4096]);
    browser.click("Detach web").await;
    browser.until_text("not_confirmed").await;
    browser.until_text("4.00 KiB were written since the last snapshot").await;
    assert_eq!(server.get("disks").expect(200)["items"].as_array().unwrap().len(), 1);
    browser.fill("Type web to confirm", "web").await;
    browser.click("Detach web").await;
    browser.until_text("web is detached.").await;
    browser.until_text("No disks yet").await;
    // The refusal, and that what was shown of the disk is gone with it.
    let said = browser.console().await;
    let expected = |line: &String| line.contains("409") || line.contains("404");
    assert!(said.iter().all(expected), "{said:#?}");
    browser.close().await;
}

#[tokio::test]
async fn what_a_dialog_said_of_one_disk_is_not_said_of_the_next() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    for name in ["a", "b"] {
        let source = json!({"kind": "empty", "size_bytes": 1 << 20});
        server.post("disks", &json!({"name": name, "source": source})).expect(201);
    }
    let browser = Browser::open(&server).await;
    browser.goto("/disks").await;
    browser.click("Detach a").await;
    browser.until_text("nothing of it will be left").await;
    write(&server, "a", &[7; 4096]);
    browser.click("Detach a").await;
    browser.until_text("not_confirmed").await;
    browser.click("Keep as it is").await;
    browser.click("Detach b").await;
    browser.until_text("Detach b?").await;
    assert!(!browser.text().await.contains("not_confirmed"));
    let said = browser.console().await;
    assert!(said.iter().all(|line| line.contains("409")), "{said:#?}");
    browser.close().await;
}

#[tokio::test]
async fn a_disks_newest_snapshot_is_offered_to_download() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto(&life.page()).await;
    browser.until_text("Timeline").await;
    let open = "return document.querySelector('#download:popover-open') !== null";
    browser.click("Download").await;
    browser.until("the menu", open).await;
    browser.until_text("The whole disk as s9 keeps it").await;
    for format in ExportFormat::ALL {
        let link = format!("#download a[href$=\"/data?format={format}\"]");
        let script = format!("return document.querySelector('{link}') !== null");
        browser.until(format.as_str(), &script).await;
    }
    browser.press("\u{e00c}").await;
    browser.until("no menu", &open.replace("!==", "===")).await;
    browser.close().await;
}

fn write(server: &Server, disk: &str, bytes: &[u8]) {
    let range = format!("bytes 0-{}/*", bytes.len() - 1);
    let request = server.request("PUT", &format!("disks/{disk}/data"));
    let request = request.header("content-range", &range);
    request.body("application/octet-stream", bytes).send().expect(204);
}
