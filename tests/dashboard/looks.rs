//! Every page, light and dark, wide and narrow: whole, quiet, still, and for everybody.

use harness::{
    browser::{Browser, Theme, WIDTHS},
    life::Life,
};

/// As much may jump while a page comes to be; browsers call 0.1 good.
const SHIFT: f64 = 0.02;

#[tokio::test]
async fn every_page_in_light() {
    look(Theme::Light).await;
}

#[tokio::test]
async fn every_page_in_dark() {
    look(Theme::Dark).await;
}

#[tokio::test]
async fn what_is_awaited_is_seen() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto("/disks").await;
    browser.until_ready().await;
    browser
        .run(
            "const awaited = document.createElement('div');
            awaited.className = 'skeleton';
            document.querySelector('main').append(awaited);",
        )
        .await;
    let seen = "return getComputedStyle(document.querySelector('.skeleton')).opacity === '1'";
    browser.until("a skeleton", seen).await;
    browser.close().await;
}

async fn look(theme: Theme) {
    let life = Life::begin();
    let job = life.server.get("jobs?limit=1").expect(200)["items"][0]["id"].clone();
    let job = format!("/jobs/{}", job.as_str().unwrap());
    let (first, last) = (life.id(0), life.id(9));
    let difference = format!("/diff?a={first}&b={last}");
    let disk = format!("{}?from={first}&to={last}&sel=0-8192", life.page());
    let pages = [
        ("overview", "/"),
        ("disks", "/disks"),
        ("disk", &disk),
        ("diff", &difference),
        ("snapshots", "/snapshots"),
        ("cost", "/cost"),
        ("jobs", "/jobs"),
        ("job", &job),
        ("nothing", "/nothing"),
    ];
    let browser = Browser::open(&life.server).await;
    browser.theme(theme).await;
    let mut faults = Vec::new();
    for size in WIDTHS {
        browser.size(size).await;
        for (name, path) in pages {
            browser.goto(path).await;
            browser.until_ready().await;
            let name = format!("{name}-{}-{}", theme.as_str(), size.0);
            let shift = browser.layout_shift().await;
            if shift > SHIFT {
                faults.push(format!("{name}: it jumps by {shift:.3}"));
            }
            if browser.is_too_wide().await {
                faults.push(format!("{name}: one has to scroll sideways"));
            }
            browser.screenshot(&name).await;
            faults.extend(browser.axe().await.into_iter().map(|it| format!("{name}: {it}")));
            faults.extend(browser.console().await.into_iter().map(|it| format!("{name}: {it}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    browser.close().await;
}
