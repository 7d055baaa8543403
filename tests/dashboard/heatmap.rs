//! The map of a disk's blocks: by keys down to one block, whose bytes are the image's.

use harness::{browser::Browser, life::Life};
use serde_json::json;

#[tokio::test]
async fn keys_lead_from_the_whole_disk_to_the_bytes_of_a_block() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    let start = format!("{}?from={}&to={}", life.page(), life.id(4), life.id(5));
    browser.goto(&start).await;
    browser.until_ready().await;
    browser.focus("application").await;
    let first = life.differences(4, 5)[0];
    // To the first change there is, then all the way in, then to it again.
    browser.until("the map", MAP_IS_DRAWN).await;
    browser.press("\u{e015}").await;
    browser.until("the cursor", "return document.querySelector('.map-tip') !== null").await;
    browser.press(&"\u{e00f}".repeat(9)).await;
    browser.press("g").await;
    browser.fill("Offset, block or sector", &format!("{:#x}", first.offset_bytes)).await;
    browser.click("Go").await;
    browser.until_text("4.00 KiB · 1 block").await;
    holds(&browser, &life, 5, first.offset_bytes).await;
    // The snapshot before, and the one after.
    browser.focus("application").await;
    browser.press(",").await;
    holds(&browser, &life, 4, first.offset_bytes).await;
    browser.press(".").await;
    holds(&browser, &life, 5, first.offset_bytes).await;
    // A page that is opened again, or sent to somebody, shows the same.
    browser.until("the address", "return location.search.includes('sel=')").await;
    browser.until("the address", "return location.search.includes('map=')").await;
    let address = browser.path().await;
    browser.reload().await;
    holds(&browser, &life, 5, first.offset_bytes).await;
    assert_eq!(browser.path().await, address);
    browser.close().await;
}

#[tokio::test]
async fn the_metric_is_part_of_the_address() {
    let life = Life::begin();
    let browser = Browser::open(&life.server).await;
    browser.goto(&life.page()).await;
    browser.until_ready().await;
    let pressed = |name: &str| {
        format!(
            "return document.querySelector('[aria-label=\"What the map shows\"] \
             [aria-pressed=true]')?.textContent === {}",
            json!(name)
        )
    };
    let names = browser
        .run(
            "return [...document.querySelectorAll('[aria-label=\"What the map shows\"] button')]
            .map(it => it.textContent)",
        )
        .await;
    let names: Vec<&str> = names.as_array().unwrap().iter().filter_map(|it| it.as_str()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let mut paths = Vec::new();
    for name in &names {
        browser.click(name).await;
        browser.until(name, &pressed(name)).await;
        browser.until("the map", MAP_IS_DRAWN).await;
        paths.push(browser.path().await);
    }
    browser.back().await;
    browser.until(names[3], &pressed(names[3])).await;
    assert_eq!(browser.path().await, paths[3]);
    browser.reload().await;
    browser.until(names[3], &pressed(names[3])).await;
    browser.click("Rows").await;
    browser.until("the address", "return location.search.includes('layout=rows')").await;
    browser.close().await;
}

/// That something is on the canvas.
pub(crate) const MAP_IS_DRAWN: &str =
    "const canvas = document.querySelector('[role=application] canvas');
    if (!canvas?.width) return false;
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    return new Set(new Uint32Array(data.buffer)).size > 2";

/// Waits until the bytes that are shown are those of a block in a snapshot of `web`.
async fn holds(browser: &Browser, life: &Life, snapshot: usize, offset: u64) {
    let block = life.states[snapshot].block(offset / 4096);
    let hex: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
    let script = format!(
        "const rows = [...document.querySelectorAll('[aria-label=\"Bytes of the block\"] tbody tr')];
        const bytes = rows.map(it => it.cells[1].textContent.replace(/\\s/g, '')).join('');
        return rows.length === 256 && parseInt(rows[0].cells[0].textContent, 16) === {offset}
            && bytes === {}",
        json!(hex)
    );
    browser.until(&format!("the bytes at {offset:#x} in s{snapshot}"), &script).await;
}
