//! Jobs: why one failed, and stopping one.

use harness::{browser::Browser, cli::Skikt, image::Image, server::Server};
use serde_json::json;

#[tokio::test]
async fn a_failed_job_says_why_and_what_to_do() {
    let (_skikt, server, image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    std::fs::remove_file(image.path()).unwrap();
    let job = server.job("disks/web/snapshots", &json!({}));
    assert_eq!(job["state"], "failed", "{job}");
    let browser = Browser::open(&server).await;
    for path in ["/jobs", &format!("/jobs/{}", job["id"].as_str().unwrap())] {
        browser.goto(path).await;
        browser.until_text("Failed").await;
        for part in ["code", "detail", "help"] {
            browser.until_text(job["problem"][part].as_str().unwrap()).await;
        }
    }
    browser.goto("/jobs").await;
    browser.until_text("Snapshot of web").await;
    browser.click("Failed").await;
    browser.until("one job", "return document.querySelectorAll('article.job').length === 1").await;
    browser.close().await;
}

#[tokio::test]
async fn what_failed_is_asked_for_again_by_its_name() {
    let (_skikt, server, image) = Server::with_disk(1 << 20);
    let kept = std::fs::read(image.path()).unwrap();
    std::fs::remove_file(image.path()).unwrap();
    let job = server.job("disks/web/snapshots", &json!({"name": "golden", "kind": "full"}));
    assert_eq!(job["state"], "failed", "{job}");
    std::fs::write(image.path(), kept).unwrap();
    let browser = Browser::open(&server).await;
    browser.goto("/jobs?state=failed").await;
    browser.click("Take it again").await;
    let name = browser.field("Name").await.prop("value").await.unwrap();
    assert_eq!(name.as_deref(), Some("golden"));
    assert_eq!(server.get("snapshots").expect(200)["items"], json!([]), "it only asks");
    browser.click("Full").await;
    browser.click("Take snapshot").await;
    browser.click("Done").await;
    assert_eq!(server.get("snapshots/golden").expect(200)["kind"], "full");
    browser.close().await;
}

#[tokio::test]
async fn damage_is_not_told_as_done_and_says_where_it_is() {
    let (skikt, server, _image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    let pack = skikt.packs().pop().unwrap();
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&pack, bytes).unwrap();
    let job = server.job("snapshots/first/verify", &json!({}));
    let damage = &job["result"]["verify"]["damage"][0];
    let browser = Browser::open(&server).await;
    for path in ["/jobs?state=failed", &format!("/jobs/{}", job["id"].as_str().unwrap())] {
        browser.goto(path).await;
        browser.until_text("Damaged").await;
        browser.until_text(&format!("{:#x}", damage["offset_bytes"].as_u64().unwrap())).await;
        browser.until_text(damage["reason"].as_str().unwrap()).await;
    }
    browser.goto("/").await;
    browser.until_text("cannot be read back").await;
    browser.until_text("1 failed").await;
    browser.close().await;
}

#[tokio::test]
async fn a_job_is_stopped_from_its_line() {
    let skikt = Skikt::new();
    let mut server = Server::start(&skikt);
    let image = Image::counted(&skikt.path("data/images/web.img"), 256 << 20);
    server.attach("web", image.path()).expect(201);
    let browser = Browser::open(&server).await;
    browser.goto("/jobs").await;
    browser.until_text("No jobs yet").await;
    server.running().slow_down();
    server.post("disks/web/snapshots", &json!({"name": "first"})).expect(202);
    browser.click("Stop").await;
    browser.until_text("No snapshot is made").await;
    browser.click("Stop the job").await;
    server.running().speed_up();
    browser.until_text("Stopped; nothing of it remains").await;
    assert_eq!(server.get("snapshots").expect(200)["items"], json!([]));
    browser.close().await;
}
