//! An empty server leads to the first snapshot.

use harness::{browser::Browser, cli::Skikt, image::assert_same, server::Server};

#[tokio::test]
async fn an_image_on_the_server_leads_to_the_first_snapshot() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let _image = skikt.random_image("data/images/web.img", 3 << 20);
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    browser.until_text("Bring a disk").await;
    browser.click("Attach one on the server").await;
    let picked = "return [...document.querySelectorAll('button')]
        .find(it => it.textContent.includes('web.img')) ?? null";
    browser.element("the image", picked).await.click().await.unwrap();
    browser.click("Attach").await;
    take_and_see(&browser).await;
    assert_eq!(server.get("snapshots").expect(200)["items"][0]["disk_name"], "web");
    browser.close().await;
}

#[tokio::test]
async fn an_uploaded_image_leads_to_the_first_snapshot() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let mut image = skikt.random_image("laptop.img", 9 << 20);
    image.clear(1 << 20..6 << 20);
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    let chosen = browser.field("Choose an image file").await;
    chosen.send_keys(image.path().to_str().unwrap()).await.unwrap();
    browser.click("Upload the image").await;
    take_and_see(&browser).await;
    let snapshots = server.get("snapshots").expect(200);
    assert_eq!(snapshots["items"][0]["disk_name"], "laptop");
    let id = snapshots["items"][0]["id"].as_str().unwrap();
    let kept = server.get(&format!("snapshots/{id}/data"));
    assert_same(&kept.body, image.bytes(), "what was uploaded");
    assert_eq!(server.get("disks/laptop").expect(200)["tags"], serde_json::json!({}));
    browser.close().await;
}

/// From the disk that is there to its page.
async fn take_and_see(browser: &Browser) {
    browser.click("Take first snapshot").await;
    browser.field("Name").await;
    browser.click("Take snapshot").await;
    browser.click("Done").await;
    browser.click("Open the disk").await;
    browser.until_path("/disks/").await;
    browser.until_text("Timeline").await;
}
