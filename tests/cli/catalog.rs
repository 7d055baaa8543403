//! The catalog is an index: gone, or full of garbage, it is made again, and nothing is lost.

use std::fs;

use harness::{cli::Skikt, image::Image, random::Random};
use serde_json::Value;
use shared::Code;

/// A data directory with something of everything, and what each snapshot holds.
fn history() -> (Skikt, Vec<(String, Vec<u8>)>) {
    let (skikt, mut image) = Skikt::with_disk(2 << 20);
    Image::random(&skikt.path("db.img"), 1 << 20, 4);
    skikt.ok("disk attach lab/db db.img --sku Standard_LRS --snapshot-sku Standard_LRS");
    skikt.ok("snapshot create lab/db --name other");
    let mut random = Random::new(1);
    let mut kept = Vec::new();
    for (name, options) in
        [("one", ""), ("gone", ""), ("two", ""), ("full", "--full --sku Premium_LRS"), ("last", "")]
    {
        skikt.ok(&format!("snapshot create web --name {name} {options}"));
        kept.push((name.to_owned(), image.bytes().to_owned()));
        image.change(&mut random);
    }
    skikt.ok("snapshot delete gone --yes");
    kept.retain(|(name, _)| name != "gone");
    (skikt, kept)
}

/// What the lists say of everything, but for the revisions, which a rebuild raises: they name what
/// browsers have kept.
fn lists(skikt: &Skikt) -> [Value; 2] {
    let mut disks = skikt.json("disk list");
    for disk in disks["items"].as_array_mut().expect("a list has items") {
        disk["revision"].take();
    }
    [disks, skikt.json("snapshot list")]
}

fn assert_kept(skikt: &Skikt, kept: &[(String, Vec<u8>)]) {
    for (name, bytes) in kept {
        skikt.assert_exports(name, bytes);
    }
    skikt.assert_whole();
}

#[test]
fn a_rebuild_finds_everything_again() {
    let (skikt, kept) = history();
    let before = lists(&skikt);
    let report = skikt.json("catalog rebuild");
    assert_eq!((&report["disks"], &report["snapshots"]), (&2.into(), &5.into()));
    assert_eq!(report["unreadable"], serde_json::json!([]));
    assert_eq!(lists(&skikt), before);
    assert_kept(&skikt, &kept);
}

#[test]
fn a_catalog_that_is_gone_is_made_again_by_the_next_command() {
    let (skikt, kept) = history();
    let before = lists(&skikt);
    skikt.remove_catalog();
    let ran = skikt.run("snapshot list");
    assert!(ran.stderr.contains("made again from the store"), "{}", ran.stderr);
    assert_eq!(skikt.run("snapshot list").stderr, "");
    assert_eq!(lists(&skikt), before);
    assert_kept(&skikt, &kept);
}

#[test]
fn a_catalog_full_of_garbage_is_told_and_made_again_on_request() {
    let (skikt, kept) = history();
    let before = lists(&skikt);
    let catalog = skikt.path("data/catalog.db");
    let length = catalog.metadata().unwrap().len();
    let mut garbage = vec![0; length as usize];
    Random::new(2).fill(&mut garbage);
    fs::write(&catalog, &garbage).unwrap();
    for command in ["snapshot list", "snapshot create web", "gc"] {
        let problem = skikt.refused(command, Code::CatalogFailed);
        assert!(problem.help.unwrap().contains("catalog rebuild"));
    }
    assert_eq!(fs::read(&catalog).unwrap(), garbage);
    skikt.ok("catalog rebuild");
    assert_eq!(lists(&skikt), before);
    assert_kept(&skikt, &kept);
}

#[test]
fn a_catalog_that_was_cut_is_never_an_empty_one() {
    let (skikt, kept) = history();
    let before = lists(&skikt);
    let catalog = skikt.path("data/catalog.db");
    for length in [0, 100, 4096] {
        fs::File::options().write(true).open(&catalog).unwrap().set_len(length).unwrap();
        let ran = skikt.run("snapshot list --output json");
        if ran.code == Some(0) {
            assert_eq!(harness::cli::json(&ran.stdout, "list"), before[1], "cut to {length}");
        } else {
            assert_eq!(ran.problem("snapshot list").code, Code::CatalogFailed);
        }
        skikt.ok("catalog rebuild");
    }
    assert_eq!(lists(&skikt), before);
    assert_kept(&skikt, &kept);
}

#[test]
fn what_was_deleted_does_not_come_back() {
    let (skikt, _kept) = history();
    skikt.ok("disk detach web");
    skikt.ok("snapshot delete one --yes");
    let before = lists(&skikt);
    skikt.ok("catalog rebuild");
    assert_eq!(lists(&skikt), before);
    skikt.ok("gc");
    skikt.ok("catalog rebuild");
    assert_eq!(lists(&skikt), before);
}

#[test]
fn a_disk_that_was_resized_keeps_its_size() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    image.resize(2 << 20);
    skikt.ok("snapshot create web");
    let before = lists(&skikt);
    skikt.ok("catalog rebuild");
    assert_eq!(lists(&skikt), before);
}

#[test]
fn a_data_directory_that_is_a_file_is_refused() {
    let skikt = Skikt::new();
    fs::write(skikt.path("data"), "mine").unwrap();
    skikt.random_image("web.img", 1 << 20);
    for command in ["disk list", "disk attach web web.img", "gc", "catalog rebuild"] {
        skikt.refused(command, Code::DataDirectory);
    }
    assert_eq!(skikt.read("data"), b"mine");
}

#[test]
fn a_data_directory_that_was_half_made_is_made_whole() {
    // What a crash of the very first command leaves: some zones are registered, and no catalog.
    let skikt = Skikt::new();
    skikt.ok("disk list");
    skikt.remove_catalog();
    fs::remove_file(skikt.path("data/store/local/Premium_LRS/1/zone.json")).unwrap();
    let image = skikt.random_image("web.img", 1 << 20);
    skikt.ok("disk attach web web.img");
    skikt.ok("snapshot create web --name golden --full --sku Premium_LRS");
    skikt.assert_exports("golden", image.bytes());
    skikt.assert_whole();
}
