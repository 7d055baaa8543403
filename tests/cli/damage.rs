//! Stored bytes that are lost or changed are told, range by range, and never handed out.

use std::fs;

use harness::{cli::Skikt, image::Image, random::Random};
use serde_json::Value;
use shared::Code;

/// Two snapshots of 8 MiB each of whose halves is in a pack of its own, and the bytes of the first.
fn kept() -> (Skikt, Image, Vec<u8>) {
    let (skikt, mut image) = Skikt::with_disk(8 << 20);
    skikt.ok("snapshot create web --name one");
    let first = image.bytes().to_owned();
    image.scramble(0..1 << 20, 1);
    skikt.ok("snapshot create web --name two");
    (skikt, image, first)
}

/// What `snapshot verify --all` finds, which must be damage.
fn damage(skikt: &Skikt) -> Value {
    let ran = skikt.run("snapshot verify --all --output json");
    assert_eq!(ran.problem("snapshot verify").code, Code::Corrupt);
    harness::cli::json(&ran.stdout, "snapshot verify")
}

#[test]
fn bytes_that_changed_are_told_with_their_ranges() {
    let (skikt, image, _first) = kept();
    let packs = skikt.packs();
    let pack = packs.last().unwrap();
    let mut bytes = fs::read(pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(pack, &bytes).unwrap();
    let found = damage(&skikt);
    for snapshot in found["items"].as_array().unwrap() {
        let ranges = snapshot["damage"].as_array().unwrap();
        let lost: u64 = ranges.iter().map(|it| it["length_bytes"].as_u64().unwrap()).sum();
        assert!(lost > 0 && lost <= 1 << 20, "one frame is damaged, not more: {snapshot}");
    }
    skikt.refused("export one out.img", Code::Corrupt);
    assert!(!skikt.path("out.img").exists() && !skikt.path("out.img.partial").exists());
    bytes[middle] ^= 0x40;
    fs::write(pack, &bytes).unwrap();
    skikt.ok("snapshot verify --all");
    skikt.assert_exports("two", image.bytes());
}

#[test]
fn no_single_byte_of_a_pack_may_change_unseen() {
    let (skikt, image, first) = kept();
    let mut random = Random::new(5);
    for pack in skikt.packs() {
        let whole = fs::read(&pack).unwrap();
        for _ in 0..8 {
            let mut bytes = whole.clone();
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << random.below(8);
            fs::write(&pack, &bytes).unwrap();
            // Spare bytes and chaining values are no part of the disk: then it exports right.
            for (name, expected) in [("one", first.as_slice()), ("two", image.bytes())] {
                let ran = skikt.run(&format!("export {name} out.img --output json"));
                if ran.code == Some(0) {
                    assert!(skikt.read("out.img") == expected, "{name}, byte {at} of a pack");
                } else {
                    assert_eq!(ran.problem("export").code, Code::Corrupt);
                }
            }
        }
        fs::write(&pack, &whole).unwrap();
    }
    skikt.assert_whole();
}

#[test]
fn a_pack_that_is_gone_is_told_and_the_rest_is_whole() {
    let (skikt, image, first) = kept();
    let packs = skikt.packs();
    let second = &packs[0];
    let bytes = fs::read(second).unwrap();
    fs::remove_file(second).unwrap();
    let found = damage(&skikt);
    assert_eq!(found["items"][0]["damage"], serde_json::json!([]));
    assert!(!found["items"][1]["damage"].as_array().unwrap().is_empty());
    skikt.refused("export two out.img", Code::Corrupt);
    assert!(!skikt.path("out.img").exists() && !skikt.path("out.img.partial").exists());
    skikt.assert_exports("one", &first);
    fs::write(second, bytes).unwrap();
    skikt.assert_exports("two", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_collection_over_damage_makes_nothing_worse() {
    let (skikt, image, first) = kept();
    for pack in skikt.packs() {
        let bytes = fs::read(&pack).unwrap();
        fs::remove_file(&pack).unwrap();
        let ran = skikt.run("gc --output json");
        if ran.code != Some(0) {
            assert_eq!(ran.problem("gc").code, Code::Corrupt);
        }
        fs::write(&pack, bytes).unwrap();
        skikt.ok("catalog rebuild");
        skikt.assert_exports("one", &first);
        skikt.assert_exports("two", image.bytes());
    }
    skikt.assert_whole();
}

#[test]
fn a_snapshot_over_a_damaged_base_is_refused_or_right() {
    let (skikt, mut image, _first) = kept();
    for pack in skikt.packs() {
        let bytes = fs::read(&pack).unwrap();
        fs::remove_file(&pack).unwrap();
        image.scramble(4 << 20..(4 << 20) + 4096, bytes.len() as u64);
        let ran = skikt.run("snapshot create web --name next --output json");
        fs::write(&pack, bytes).unwrap();
        if ran.code == Some(0) {
            skikt.assert_exports("next", image.bytes());
            skikt.ok("snapshot delete next --yes");
        } else {
            assert_eq!(ran.problem("snapshot create").code, Code::Corrupt);
            assert_eq!(skikt.names(), ["one", "two"]);
        }
    }
    skikt.assert_whole();
}

#[test]
fn index_segments_that_are_gone_are_made_again_by_a_rebuild() {
    let (skikt, image, first) = kept();
    for file in skikt.objects() {
        if file.extension().is_some_and(|it| it == "idx") {
            fs::remove_file(file).unwrap();
        }
    }
    skikt.refused("export two out.img", Code::Corrupt);
    let report = skikt.json("catalog rebuild");
    assert_eq!(report["packs_indexed"], 2);
    skikt.assert_exports("one", &first);
    skikt.assert_exports("two", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_damaged_manifest_is_left_out_of_a_rebuild_and_named() {
    let (skikt, image, _first) = kept();
    let id = skikt.snapshots()[0].id.to_string();
    let manifest = skikt.objects().into_iter().find(|it| it.ends_with(format!("{id}.man")));
    let manifest = manifest.unwrap();
    let whole = fs::read(&manifest).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    let report = skikt.json("catalog rebuild");
    assert!(report["unreadable"][0].as_str().unwrap().contains(&id), "{report}");
    assert_eq!(skikt.names(), ["two"]);
    skikt.assert_exports("two", image.bytes());
    fs::write(&manifest, whole).unwrap();
    skikt.ok("catalog rebuild");
    assert_eq!(skikt.names(), ["one", "two"]);
    skikt.assert_whole();
}
