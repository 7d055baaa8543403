//! What snapshots cost: the page says what the API says.

use harness::{browser::Browser, life::Life};

use crate::words;

#[tokio::test]
async fn the_headline_is_what_the_api_says() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    let costs = life.server.get("costs").expect(200);
    let of = |field: &str| costs["total"][field].as_u64().unwrap();
    let saved = of("full_cost_micros") - of("cost_micros");
    browser.goto("/cost").await;
    browser.until_text(&format!("{} saved a month", words::dollars(saved))).await;
    let told = format!(
        "{} instead of {} for 13 snapshots",
        words::dollars(of("cost_micros")),
        words::dollars(of("full_cost_micros"))
    );
    browser.until_text(&told).await;
    for disk in costs["disks"].as_array().unwrap() {
        let cost = words::dollars(disk["cost_micros"].as_u64().unwrap());
        let row = format!(
            "return [...document.querySelectorAll('table[aria-label=\"Cost by disk\"] tbody tr')]
            .some(row => row.textContent.includes('{}') && row.textContent.includes('{cost}'))",
            disk["disk_name"].as_str().unwrap()
        );
        browser.until(&cost, &row).await;
    }
    // It follows what happens.
    life.server.request("DELETE", "snapshots/s9").send().expect(204);
    browser.until_text("for 12 snapshots").await;
    browser.close().await;
}
