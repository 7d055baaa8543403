//! Two points of a timeline, compared: what differs, to the block.

use harness::{browser::Browser, life::Life};
use serde_json::{Value, json};
use shared::{DiffItem, DiffKind};

use crate::words;

#[tokio::test]
async fn two_points_of_the_timeline_lead_to_their_difference() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto(&life.page()).await;
    browser.until_text("Timeline").await;
    // A drag from one bar to another.
    let bar = |at: usize| {
        format!(
            "const bars = document.querySelectorAll('[role=slider] .bar');
            if (bars.length !== 10) return null;
            const box = bars[{at}].getBoundingClientRect();
            return [box.left + box.width / 2, box.bottom - 1]"
        )
    };
    browser.until("the bars", &format!("{} !== undefined", bar(1))).await;
    let (from, to) = (place(&browser, &bar(1)).await, place(&browser, &bar(7)).await);
    browser.drag(from, to).await;
    browser.until_path(&format!("{}?from={}&to={}", life.page(), life.id(1), life.id(7))).await;
    // The same by keys: the last, and with Shift the first.
    browser.focus("slider").await;
    browser.press("\u{e010}\u{e007}").await;
    browser.until_path(&format!("{}?from={}&to={}", life.page(), life.id(8), life.id(9))).await;
    browser.press("\u{e011}").await;
    browser.press_with('\u{e008}', '\u{e007}').await;
    browser.until_path(&format!("{}?from={}&to={}", life.page(), life.id(0), life.id(9))).await;
    browser.click("Compare").await;
    browser.until_path(&format!("/diff?a={}&b={}", life.id(0), life.id(9))).await;
    shows(&browser, &life.differences(0, 9)).await;
    browser.close().await;
}

#[tokio::test]
async fn a_difference_is_told_in_numbers_runs_and_files() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    let path = |base, target| format!("/diff?a={}&b={}", life.id(base), life.id(target));
    browser.goto(&path(2, 8)).await;
    let expected = life.differences(2, 8);
    shows(&browser, &expected).await;
    let sum = |kind| {
        let items = expected.iter().filter(|item| item.kind == kind);
        words::bytes(items.map(|item| item.length_bytes).sum())
    };
    let text = browser.text().await;
    for words in [sum(DiffKind::Changed), sum(DiffKind::Cleared)] {
        assert!(text.contains(&words), "{words}: {text}");
    }
    let csv = fetched(&browser, "CSV").await;
    let mut lines = "offset_bytes,length_bytes,kind\n".to_owned();
    for DiffItem { offset_bytes, length_bytes, kind } in &expected {
        let kind = if *kind == DiffKind::Changed { "changed" } else { "cleared" };
        lines += &format!("{offset_bytes},{length_bytes},{kind}\n");
    }
    assert_eq!(csv, lines);
    let told: Value = serde_json::from_str(&fetched(&browser, "JSON").await).unwrap();
    assert_eq!(told["items"], json!(expected));
    // The other way round is another difference, and a page of its own.
    browser.click("Exchange the two").await;
    browser.until_path(&path(8, 2)).await;
    shows(&browser, &life.differences(8, 2)).await;
    browser.back().await;
    browser.goto(&path(3, 3)).await;
    browser.until_text("does not differ from itself").await;
    browser.close().await;
}

#[tokio::test]
async fn a_disk_is_looked_at_from_a_newer_snapshot_to_an_older_one() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto(&format!("{}?from={}&to={}", life.page(), life.id(8), life.id(2))).await;
    browser.until_ready().await;
    browser.until_text("The way back in time").await;
    browser.until("the map", crate::heatmap::MAP_IS_DRAWN).await;
    assert!(!browser.text().await.contains("Try again"));
    life.server.request("DELETE", "snapshots/s2").send().expect(204);
    browser.until_text("is not there any more").await;
    browser.click("Whole life").await;
    browser.until_path(&life.page()).await;
    browser.until("the map", crate::heatmap::MAP_IS_DRAWN).await;
    // What was asked for of a snapshot that is gone is in the console, and nothing else.
    let said = browser.console().await;
    assert!(said.iter().all(|line| line.contains("404")), "{said:#?}");
    browser.close().await;
}

/// Waits for a table with exactly these runs.
async fn shows(browser: &Browser, expected: &[DiffItem]) {
    let rows: Vec<_> = expected
        .iter()
        .map(|item| {
            let kind = if item.kind == DiffKind::Changed { "changed" } else { "cleared to zeros" };
            json!([item.offset_bytes, words::bytes(item.length_bytes), kind])
        })
        .collect();
    let script = format!(
        "const table = document.querySelector('table[aria-label=\"Runs of blocks that differ\"]');
        const rows = [...table?.tBodies[0].rows ?? []].map(row => {{
            const cells = [...row.cells].map(it => it.textContent.trim().replaceAll('\u{a0}', ' '));
            return [Number(cells[0].replaceAll('_', '')), cells[1], cells[2]];
        }});
        return JSON.stringify(rows) === JSON.stringify({}) || rows",
        json!(rows)
    );
    browser.until(&format!("{} runs", rows.len()), &script).await;
}

async fn place(browser: &Browser, script: &str) -> (f64, f64) {
    let place = browser.run(script).await;
    (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
}

/// What the link of that name leads to.
async fn fetched(browser: &Browser, link: &str) -> String {
    let address = browser.named(link).await.prop("href").await.unwrap().unwrap();
    let script = format!(
        "fetch({}).then(it => it.text()).then(arguments[arguments.length - 1])",
        json!(address)
    );
    browser.run_async(&script).await.as_str().unwrap().to_owned()
}
