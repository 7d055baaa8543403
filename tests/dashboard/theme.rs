//! Colours: as the system asks, until somebody chooses.

use harness::{
    browser::{Browser, Theme},
    cli::Skikt,
    server::Server,
};
use serde_json::Value;

#[tokio::test]
async fn colours_follow_the_system_until_others_are_chosen() {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let browser = Browser::open(&server).await;
    browser.theme(Theme::Light).await;
    browser.goto("/disks").await;
    let light = ground(&browser).await;
    browser.theme(Theme::Dark).await;
    let dark = ground(&browser).await;
    assert_ne!(light, dark);
    browser.click("Colours: system. Switch to light.").await;
    browser.named("Colours: light. Switch to dark.").await;
    assert_eq!(ground(&browser).await, light);
    browser.reload().await;
    browser.named("Colours: light. Switch to dark.").await;
    assert_eq!(ground(&browser).await, light, "it is kept");
    browser.click("Colours: light. Switch to dark.").await;
    browser.theme(Theme::Light).await;
    browser.named("Colours: dark. Switch to system.").await;
    assert_eq!(ground(&browser).await, dark);
    browser.click("Local").await;
    browser.named("UTC").await;
    browser.close().await;
}

async fn ground(browser: &Browser) -> Value {
    browser.run("return getComputedStyle(document.body).backgroundColor").await
}
