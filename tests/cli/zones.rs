//! A store that is gone, wiped or somebody else's is down, and never taken for an empty one.

use std::fs;

use harness::{cli::Skikt, image::Image};
use shared::Code;

const ZONE: &str = "data/store/local/Standard_LRS/1";

fn kept() -> (Skikt, Image) {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    (skikt, image)
}

/// Every command that needs the store refuses, and nothing is written; lists go on.
fn assert_down(skikt: &Skikt, why: &str) {
    let files = || if skikt.path("data/store").exists() { skikt.objects() } else { Vec::new() };
    let before = files();
    for command in [
        "snapshot create web --name next",
        "snapshot create web --name next --full",
        "snapshot verify kept",
        "snapshot delete kept --yes",
        "export kept out.img",
        "gc",
        "gc --plan",
    ] {
        let problem = skikt.refused(command, Code::ZoneDown);
        assert!(problem.detail.contains(why), "{command}: {problem:?}");
        assert!(problem.help.expect("there is a way").contains("bring the folder back"));
    }
    assert_eq!(files(), before);
    assert!(!skikt.path("out.img").exists() && !skikt.path("out.img.partial").exists());
    assert_eq!(skikt.names(), ["kept"]);
    skikt.ok("disk list");
}

/// Once the store is back, all is as it was.
fn assert_back(skikt: &Skikt, image: &Image) {
    assert_eq!(skikt.names(), ["kept"]);
    skikt.assert_exports("kept", image.bytes());
    skikt.ok("snapshot create web --name next");
    skikt.assert_whole();
}

#[test]
fn a_store_without_its_mark_is_down() {
    let (skikt, image) = kept();
    let mark = skikt.path(ZONE).join("zone.json");
    fs::rename(&mark, skikt.path("aside")).unwrap();
    assert_down(&skikt, "zone.json is gone");
    fs::rename(skikt.path("aside"), &mark).unwrap();
    assert_back(&skikt, &image);
}

#[test]
fn a_store_with_another_mark_is_down() {
    let (skikt, image) = kept();
    let (other, _image) = kept();
    let mark = skikt.path(ZONE).join("zone.json");
    let own = fs::read(&mark).unwrap();
    fs::copy(other.path(ZONE).join("zone.json"), &mark).unwrap();
    assert_down(&skikt, "that of another data directory");
    fs::write(&mark, "garbage").unwrap();
    assert_down(&skikt, "zone.json");
    fs::write(&mark, own).unwrap();
    assert_back(&skikt, &image);
}

#[test]
fn a_store_whose_folder_is_gone_is_down() {
    let (skikt, image) = kept();
    let store = skikt.path("data/store");
    fs::rename(&store, skikt.path("aside")).unwrap();
    assert_down(&skikt, "there is no folder");
    skikt.refused("catalog rebuild", Code::ZoneDown);
    assert!(!store.exists());
    fs::rename(skikt.path("aside"), &store).unwrap();
    assert_back(&skikt, &image);
}

#[test]
fn a_wiped_folder_is_no_empty_store() {
    let (skikt, image) = kept();
    let store = skikt.path("data/store");
    fs::rename(&store, skikt.path("aside")).unwrap();
    fs::create_dir(&store).unwrap();
    assert_down(&skikt, "zone.json is gone");
    fs::remove_dir_all(&store).unwrap();
    fs::rename(skikt.path("aside"), &store).unwrap();
    assert_back(&skikt, &image);
}

#[test]
fn a_rebuild_over_a_wiped_folder_loses_nothing() {
    let (skikt, image) = kept();
    let store = skikt.path("data/store");
    fs::rename(&store, skikt.path("aside")).unwrap();
    fs::create_dir(&store).unwrap();
    skikt.refused("catalog rebuild", Code::ZoneDown);
    assert_eq!(skikt.names(), ["kept"]);
    fs::remove_dir_all(&store).unwrap();
    fs::rename(skikt.path("aside"), &store).unwrap();
    assert_back(&skikt, &image);
}
