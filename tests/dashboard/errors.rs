//! A server that is gone: the page says so, and goes on by itself when it is back.

use harness::{browser::Browser, life::Life, server::Server};

#[tokio::test]
async fn a_page_says_that_its_server_is_gone_and_goes_on_when_it_is_back() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto("/disks").await;
    browser.until_text("Live").await;
    let Life { skikt, server, .. } = life;
    let port = server.port();
    server.stop();
    browser.until_text("Reconnecting").await;
    browser.click("Snapshots").await;
    browser.until_text("The server did not answer.").await;
    browser.click("Disks").await;
    let server = Server::start_at(&skikt, port, "");
    server.request("DELETE", "disks/db").send().expect(204);
    browser.until_text("Live").await;
    browser
        .until(
            "what is there now",
            "return document.querySelectorAll('table[aria-label=Disks] tbody tr').length === 1
            && document.querySelector('[role=alert]') === null",
        )
        .await;
    // That the server did not answer is in the console, and nothing else.
    let said = browser.console().await;
    assert!(said.iter().all(|line| line.contains("net::ERR_")), "{said:#?}");
    browser.close().await;
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    for (path, words) in [
        ("/nothing", "There is nothing at /nothing"),
        ("/disks/nothing", "There is nothing at /disks/nothing"),
        ("/disks/0190163d-8694-739b-aea5-966c26f8ad91", "This disk is not attached"),
        ("/disks/0190163d-8694-739b-aea5-966c26f8ad91", "disk_not_found"),
        ("/jobs/0190163d-8694-739b-aea5-966c26f8ad91", "job_not_found"),
        ("/jobs/nothing", "There is no such job"),
    ] {
        browser.goto(path).await;
        browser.until_text(words).await;
    }
    let said = browser.console().await;
    assert!(said.iter().all(|line| line.contains("404")), "{said:#?}");
    browser.close().await;
}
