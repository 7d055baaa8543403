//! What snapshots have in common and do not: differences, timelines, heatmaps, costs.

use harness::server::Server;
use serde_json::json;
use shared::{
    Code,
    heatmap::{Metric, Tile},
};

#[test]
fn a_difference_is_told_in_pages_and_as_one_file() {
    let (_skikt, server, mut image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    for block in [3, 5, 9] {
        image.scramble(block * 4096..(block + 1) * 4096, block);
    }
    image.clear(20 * 4096..22 * 4096);
    server.take("web", "second");
    let path = "snapshots/second/diff?base=first";
    let whole = server.get(path).expect(200);
    assert_eq!(whole["items"].as_array().unwrap().len(), 4);
    assert_eq!((&whole["changed_bytes"], &whole["cleared_bytes"]), (&json!(12288), &json!(8192)));
    let first = server.get(&format!("{path}&limit=3")).expect(200);
    let rest = server.get(&format!("{path}&limit=3&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!(rest.expect(200)["items"], json!([whole["items"][3]]));
    let csv = server.get(&format!("{path}&format=csv"));
    assert_eq!(
        String::from_utf8(csv.body).unwrap(),
        "offset_bytes,length_bytes,kind\n12288,4096,changed\n20480,4096,changed\n\
         36864,4096,changed\n81920,8192,cleared\n"
    );
    let part = server.get(&format!("{path}&offset_bytes=20480&length_bytes=4096")).expect(200);
    assert_eq!(part["items"].as_array().unwrap().len(), 1);
    server.get("snapshots/second/diff").assert_refused(400, Code::InvalidRequest);
    let sector = server.get(&format!("{path}&granularity=1024"));
    sector.assert_refused(400, Code::InvalidRequest);
    let gone = server.get("snapshots/second/diff?base=gone&format=csv");
    gone.assert_refused(404, Code::SnapshotNotFound);
}

#[test]
fn a_tile_may_be_kept_for_ever_only_by_its_revision() {
    let (_skikt, server, mut image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    image.scramble(8192..12288, 7);
    let second = server.take("web", "second");
    let timeline = server.get("disks/web/timeline?bars=1").expect(200);
    assert_eq!(timeline["snapshot_count"], 2);
    let revision = &timeline["revision"];
    let changed = "disks/web/heatmap/changed/0/0";
    let base = second["base_id"].as_str().unwrap();
    let kept = server.get(&format!("{changed}?from={base}&v={revision}"));
    assert_eq!(kept.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let tag = kept.header("etag").expect("a tile has a tag");
    let again = |tag: &str| {
        let path = format!("{changed}?from={base}&v={revision}");
        server.request("GET", &path).header("if-none-match", tag).send()
    };
    assert_eq!((again(tag).status, again(tag).body.len()), (304, 0));
    assert_eq!(again("\"other\"").status, 200);
    let tile = Tile::decode(&kept.body).unwrap();
    assert_eq!((tile.metric, tile.cells), (Metric::Changed, 256));
    let set: Vec<_> = (0..256).filter(|&cell| tile.values[cell] != 0).collect();
    assert_eq!(set, [2]);
    for path in [changed.to_owned(), format!("{changed}?v=1")] {
        assert_eq!(server.get(&path).header("cache-control"), Some("no-cache"), "{path}");
    }
    let told = server.get(&format!("{changed}?from={base}&format=json")).expect(200);
    assert_eq!(told["values"], json!(tile.values));
    let history = server.get("disks/web/changes?offset_bytes=8192&length_bytes=1").expect(200);
    assert_eq!(history["items"].as_array().unwrap().last().unwrap()["name"], "second");
    // What is not said, or goes beyond the disk, ends where the disk does.
    for (range, length) in [("", 1 << 20), ("?offset_bytes=4096", (1 << 20) - 4096)] {
        let history = server.get(&format!("disks/web/changes{range}")).expect(200);
        assert_eq!(history["length_bytes"].as_u64(), Some(length), "{range}");
    }
    for path in ["disks/web/heatmap/heat/0/0", "disks/web/heatmap/changed/10/0"] {
        server.get(path).assert_refused(400, Code::InvalidRequest);
    }
}

#[test]
fn costs_and_freeable_bytes_are_told() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    server.take("web", "first");
    server.take("web", "second");
    let costs = server.get("costs").expect(200);
    assert_eq!(costs["total"]["snapshot_count"], 2);
    assert_eq!(costs["price_sheet"]["currency"], "USD");
    let freeable = |names: &[&str]| {
        let set = server.post("snapshots/freeable", &json!({"snapshots": names})).expect(200);
        set["freeable_bytes"].as_u64().unwrap()
    };
    assert!(freeable(&["first"]) < 1 << 20);
    assert!(freeable(&["first", "second"]) > 1 << 20);
}
