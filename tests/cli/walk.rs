//! The first walk through every command, as the documentation tells it.

use std::fs;

use harness::cli::Skikt;
use serde_json::{Value, json};

#[test]
fn a_disk_is_attached_and_shown() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let list = skikt.json("disk list");
    let disk = skikt.json("disk show web");
    assert_eq!(list, json!({ "items": [disk], "next": null }));
    assert_eq!((&disk["name"], &disk["group"]), (&json!("web"), &json!("default")));
    assert_eq!(disk["size_bytes"], 1 << 20);
    assert_eq!((&disk["sku"], &disk["snapshot_sku"]), (&json!("Standard_LRS"), &Value::Null));
    let path = image.path().canonicalize().unwrap();
    assert_eq!(disk["source"], json!({ "kind": "attached", "path": path, "format": "raw" }));
}

#[test]
fn a_disk_is_listed_by_name_and_counts_its_snapshots() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web");
    skikt.ok("snapshot create web");
    skikt.random_image("db.img", 1 << 20);
    skikt.ok("disk attach db db.img");
    let list = skikt.json("disk list");
    let counts: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|it| &it["snapshot_count"]).collect();
    assert_eq!(counts, [0, 2]);
}

#[test]
fn snapshots_are_taken_listed_and_shown() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    let before = skikt.json("snapshot create web --name before");
    image.scramble(0..8192, 1);
    image.clear(65536..69632);
    let after = skikt.json("snapshot create web --name after");
    assert_eq!(skikt.json("snapshot list"), json!({ "items": [before, after], "next": null }));
    assert_eq!(skikt.json("snapshot list --disk web"), skikt.json("snapshot list"));
    let mut shown = skikt.json("snapshot show after");
    let shown = shown.as_object_mut().unwrap();
    assert!(shown.remove("exclusive_bytes").unwrap().as_u64().unwrap() >= 8192);
    assert!(shown.remove("freeable_bytes").unwrap().as_u64().unwrap() >= 8192);
    assert_eq!(Value::from(shown.clone()), after);
    assert_eq!(after["base_id"], before["id"]);
    assert_eq!((&after["changed_bytes"], &after["cleared_bytes"]), (&json!(8192), &json!(4096)));
    assert_eq!(after["kind"], "incremental");
    assert_eq!(after["consistency"], "exact");
}

#[test]
fn a_snapshot_without_a_change_stores_next_to_nothing() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let first = skikt.json("snapshot create web");
    let packs = skikt.packs();
    let second = skikt.json("snapshot create web");
    assert!(second["stored_bytes"].as_u64().unwrap() <= 4096);
    assert_eq!(second["digest"], first["digest"]);
    assert_eq!(skikt.packs(), packs);
}

#[test]
fn a_hole_stores_nothing() {
    let skikt = Skikt::new();
    fs::File::create(skikt.path("web.img")).unwrap().set_len(1 << 40).unwrap();
    skikt.ok("disk attach web web.img");
    let snapshot = skikt.json("snapshot create web");
    assert_eq!(snapshot["allocated_bytes"], 0);
    assert!(snapshot["stored_bytes"].as_u64().unwrap() <= 4096);
}

#[test]
fn a_deleted_snapshot_is_gone_and_its_bytes_come_back() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name before");
    let before = image.bytes().to_owned();
    image.scramble(0..1 << 20, 2);
    skikt.ok("snapshot create web --name after");
    let deleted = skikt.json("snapshot delete before --yes");
    assert_eq!(deleted["items"][0]["name"], "before");
    assert_eq!(skikt.names(), ["after"]);
    let freed = skikt.json("gc")["freed_bytes"].as_u64().unwrap();
    assert!(freed >= before.len() as u64);
    skikt.assert_exports("after", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_plan_of_a_collection_tells_what_the_collection_does_and_does_nothing() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name before");
    image.scramble(0..1 << 20, 2);
    skikt.ok("snapshot create web --name after");
    skikt.ok("snapshot delete before --yes");
    let objects = skikt.objects();
    let plan = skikt.json("gc --plan");
    assert_eq!(plan["applied"], false);
    assert_eq!(skikt.objects(), objects);
    let done = skikt.json("gc");
    assert_eq!(done["applied"], true);
    assert_eq!(done["freed_bytes"], plan["freed_bytes"]);
    assert_eq!(done["pools"], plan["pools"]);
}

#[test]
fn what_a_snapshot_says_is_freeable_is_what_a_collection_frees() {
    let (skikt, mut image) = Skikt::with_disk(4 << 20);
    skikt.ok("snapshot create web --name one");
    image.scramble(0..1 << 20, 2);
    skikt.ok("snapshot create web --name two");
    image.scramble(1 << 19..3 << 19, 3);
    skikt.ok("snapshot create web --name three");
    let stored = || skikt.objects().iter().map(|it| it.metadata().unwrap().len()).sum::<u64>();
    let (freeable, before) = (skikt.json("snapshot show two")["freeable_bytes"].clone(), stored());
    skikt.ok("snapshot delete two --yes");
    skikt.ok("gc");
    assert_eq!(before - stored(), freeable);
    skikt.assert_whole();
}

#[test]
fn a_disk_that_grew_and_shrank_is_kept_as_it_was() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    let mut kept = Vec::new();
    for (name, size) in [("small", 1 << 20), ("large", 3 << 20), ("cut", (1 << 19) + 512)] {
        image.resize(size);
        image.scramble(size - 512..size, size);
        skikt.ok(&format!("snapshot create web --name {name}"));
        kept.push((name, image.bytes().to_owned()));
    }
    for (name, bytes) in kept {
        skikt.assert_exports(name, &bytes);
    }
    assert_eq!(skikt.json("disk show web")["size_bytes"], (1 << 19) + 512);
    skikt.assert_whole();
}

#[test]
fn a_detached_disk_leaves_its_snapshots_and_its_image() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let id = skikt.json("disk show web")["id"].as_str().unwrap().to_owned();
    skikt.ok("snapshot create web --name kept");
    skikt.ok("disk detach web");
    assert_eq!(skikt.json("disk list")["items"], json!([]));
    assert_eq!(skikt.json(&format!("snapshot list --disk {id}"))["items"][0]["name"], "kept");
    assert_eq!(skikt.read("web.img"), image.bytes());
    skikt.assert_exports("kept", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_snapshot_is_verified_alone_or_with_all() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name one");
    skikt.ok("snapshot create web --name two");
    let report = skikt.json("snapshot verify one");
    assert_eq!(report["items"][0]["verified_bytes"], 1 << 20);
    assert_eq!(report["items"][0]["damage"], json!([]));
    let all = skikt.json("snapshot verify --all");
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}
