//! The list of snapshots: found, chosen, deleted, and their room given back.

use harness::{browser::Browser, life::Life};
use serde_json::json;

use crate::words;

#[tokio::test]
async fn chosen_snapshots_say_what_they_would_free_and_are_deleted() {
    let life = Life::begin();
    assert_eq!(life.server.job("gc", &json!({}))["state"], "done");
    let browser = Browser::open(&life.server).await;
    browser.goto("/snapshots").await;
    browser.until("all of them", &rows(13)).await;
    browser.fill("Search snapshots", "db").await;
    browser.until("those of db", &rows(3)).await;
    browser.until_path("/snapshots?q=db").await;
    browser.field("Search snapshots").await.clear().await.unwrap();
    browser.fill("Search snapshots", " ").await;
    browser.until("all of them", &rows(13)).await;
    browser.pick("Disk", "web").await;
    browser.until("those of web", &rows(10)).await;
    for name in ["s3", "s4"] {
        choose(&browser, name).await;
    }
    let freed = words::bytes(life.freeable(&["s3", "s4"]));
    browser.until_text("2 snapshots chosen").await;
    browser.until_text(&format!("would free {freed}")).await;
    browser.click("Delete").await;
    browser.until_text("All other snapshots stay whole").await;
    browser.click("Keep as it is").await;
    assert_eq!(count(&life), 13);
    browser.click("Delete").await;
    browser.click("Delete 2 snapshots").await;
    browser.until_text("Collect garbage now?").await;
    browser.click("Collect garbage").await;
    browser.until_text("given back").await;
    // A little more than what was said before: what marked them as deleted goes, too.
    let job = life.server.get("jobs?limit=1").expect(200)["items"][0].clone();
    let freed = words::bytes(job["result"]["gc"]["freed_bytes"].as_u64().unwrap());
    browser.until_text(&format!("Garbage collection: {freed} given back")).await;
    browser.until("the others", &rows(8)).await;
    assert_eq!(count(&life), 11);
    assert_eq!(life.server.get("gc").expect(200)["freed_bytes"], json!(0));
    browser.close().await;
}

#[tokio::test]
async fn two_of_one_disk_can_be_compared_and_one_looked_into() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto("/snapshots").await;
    browser.until("all of them", &rows(13)).await;
    browser.click("Facts, download and check of s5").await;
    let digest = life.snapshots[5]["digest"].as_str().unwrap();
    browser.until_text(digest).await;
    browser.click("Check it").await;
    browser.until_text("read back whole").await;
    choose(&browser, "s7").await;
    choose(&browser, "db1").await;
    browser.until_text("2 snapshots chosen").await;
    assert!(!browser.text().await.contains("Compare"), "two disks are not compared");
    choose(&browser, "db1").await;
    choose(&browser, "s2").await;
    browser.click("Compare").await;
    browser.until_path(&format!("/diff?a={}&b={}", life.id(2), life.id(7))).await;
    browser.close().await;
}

#[tokio::test]
async fn snapshots_outlive_their_disk_and_leave_its_garbage_to_be_asked_about() {
    let life = Life::begin();
    let disk = life.server.get("disks/db").expect(200)["id"].as_str().unwrap().to_owned();
    life.server.request("DELETE", "disks/db").send().expect(204);
    let browser = Browser::open(&life.server).await;
    browser.goto(&format!("/snapshots?disk={disk}")).await;
    browser.until("those of db", &rows(3)).await;
    let chosen = "return document.querySelector('.filter select').selectedOptions[0].textContent";
    browser.until("its name", &format!("{chosen} === 'db (detached)'")).await;
    for name in ["db0", "db1", "db2"] {
        choose(&browser, name).await;
    }
    browser.click("Delete").await;
    browser.click("Delete 3 snapshots").await;
    browser.until_text("Collect garbage now?").await;
    browser.until_text("come free.").await;
    browser.click("Keep as it is").await;
    browser.until_text("No snapshots of this disk").await;
    browser.pick("Disk", "All disks").await;
    browser.until("the others", &rows(10)).await;
    // It can be asked for at any time.
    browser.goto("/jobs").await;
    browser.click("Collect garbage").await;
    browser.until_text("come free.").await;
    browser.click("Collect garbage").await;
    browser.until_text("given back").await;
    browser.close().await;
}

async fn choose(browser: &Browser, name: &str) {
    let script =
        format!("return document.querySelector('input[aria-label=\"Choose {name}\"]') ?? null");
    browser.element(name, &script).await.click().await.unwrap();
}

fn rows(count: usize) -> String {
    let rows = "document.querySelectorAll('table[aria-label=Snapshots] tbody tr').length";
    format!("return {rows} === {count}")
}

fn count(life: &Life) -> usize {
    life.server.get("snapshots").expect(200)["items"].as_array().unwrap().len()
}
