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
