//! Incremental and full snapshots, and where they may be kept.

use std::fs;

use harness::cli::Skikt;
use shared::Code;

#[test]
fn an_incremental_snapshot_is_on_standard_storage() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let snapshot = skikt.json("snapshot create web");
    assert_eq!(snapshot["sku"], "Standard_LRS");
    skikt.refused("snapshot create web --sku Premium_LRS", Code::SkuNotAllowed);
    assert_eq!(skikt.snapshots().len(), 1);
    skikt.assert_whole();
}

#[test]
fn storage_that_the_region_lacks_is_refused() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.refused("snapshot create web --sku Standard_ZRS", Code::SkuNotAllowed);
    skikt.random_image("db.img", 1 << 20);
    for sku in ["Standard_ZRS", "Premium_LRS"] {
        let command = format!("disk attach db db.img --snapshot-sku {sku}");
        skikt.refused(&command, Code::SkuNotAllowed);
    }
    assert_eq!(skikt.json("disk list")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_full_snapshot_stands_alone() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name incremental");
    let full = skikt.json("snapshot create web --name full --full");
    assert_eq!((&full["kind"], &full["base_id"]), (&"full".into(), &serde_json::Value::Null));
    assert!(full["stored_bytes"].as_u64().unwrap() > 1 << 20);
    let own = skikt
        .path(&format!("data/store/local/Standard_LRS/1/full/{}", full["id"].as_str().unwrap()));
    assert!(own.is_dir());
    for pack in skikt.packs().iter().filter(|pack| !pack.starts_with(&own)) {
        fs::remove_file(pack).unwrap();
    }
    skikt.ok("snapshot verify full");
    skikt.assert_exports("full", image.bytes());
    skikt.ok("snapshot delete full --yes");
    assert!(!own.join("packs").read_dir().is_ok_and(|mut it| it.next().is_some()));
}

#[test]
fn a_full_snapshot_may_be_on_premium_storage() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let full = skikt.json("snapshot create web --name golden --full --sku Premium_LRS");
    assert_eq!(full["sku"], "Premium_LRS");
    skikt.assert_exports("golden", image.bytes());
    skikt.assert_whole();
    skikt.ok("snapshot delete golden --yes");
    skikt.assert_whole();
}

#[test]
fn a_full_snapshot_is_no_base() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let first = skikt.json("snapshot create web");
    skikt.ok("snapshot create web --full");
    let next = skikt.json("snapshot create web");
    assert_eq!(next["base_id"], first["id"]);
}
