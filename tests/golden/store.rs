//! A small store with one of everything: made again byte by byte, and read back.

use std::{fs, sync::Arc};

use engine::{ExportFormat, NoProgress};
use harness::{
    model::{BLOCK, Image, Model},
    place::{Place, attach, copy_folder, files_below, take, take_kind},
    seeded::Seeded,
};
use shared::{Sku, SnapshotKind};

use crate::files::{blessing, check, folder};

const SIZE: u64 = (128 << 20) + (256 << 10) + 1536;

/// What the disk is in the snapshots `one` and `two`; `full` is as `two`.
fn contents() -> [Model; 2] {
    let noise = Seeded::new(2026);
    let mut one = Model::new(SIZE);
    one.write(0, &b"A line of text that compresses well.\n".repeat(1500));
    one.write(256 << 10, &noise.bytes(9000));
    one.write(128 << 20, &[7; 4096]);
    one.write(SIZE - 512, &[9; 512]);
    let mut two = one.clone();
    two.write(3 * BLOCK, b"another line");
    two.write((128 << 20) + 512, &noise.bytes(512));
    two.clear(256 << 10, BLOCK);
    [one, two]
}

/// Makes the store: the same clock, the same randomness, the same bytes.
async fn make() -> Result<Place, engine::Error> {
    let place = Place::new(1).expect("a temporary folder can be made");
    let engine = place.open().await?;
    let [one, two] = contents();
    let mut image = Image::create(place.path("disk.img"), SIZE).expect("an image can be made");
    image.become_model(&one).expect("an image can be written");
    attach(&engine, "web", image.path()).await?;
    take(&engine, "web", "one").await?;
    image.become_model(&two).expect("an image can be written");
    take(&engine, "web", "two").await?;
    take(&engine, "web", "gone").await?;
    take_kind(&engine, "web", "full", SnapshotKind::Full, Some(Sku::PremiumLrs)).await?;
    engine.delete("gone").await?;
    engine.close().await;
    Ok(place)
}

/// A disk's record with the image at a path that is the same everywhere, by the format's own
/// rules: `magic 8 · version 2 · reserved 2 · length 4 · JSON · BLAKE3 of all before 32`.
fn relocated(record: &[u8], from: &str) -> Vec<u8> {
    let (body, hash) = record.split_at(record.len() - 32);
    assert_eq!(blake3::hash(body).as_bytes(), hash, "the record's checksum");
    assert_eq!(body[12..16], (body.len() as u32 - 16).to_le_bytes(), "the record's length");
    let json = std::str::from_utf8(&body[16..]).expect("JSON is UTF-8");
    let json = json.replace(from, "/images/web.img");
    let length = (json.len() as u32).to_le_bytes();
    let moved = [&body[..12], &length, json.as_bytes()].concat();
    let hash = blake3::hash(&moved);
    [moved.as_slice(), hash.as_bytes()].concat()
}

#[tokio::test]
async fn every_object_of_a_fixed_history_has_the_bytes_that_were_kept() {
    let place = Box::pin(make()).await.unwrap();
    let image = place.path("disk.img").canonicalize().unwrap();
    let made = place.objects().unwrap();
    if blessing() {
        let _ = fs::remove_dir_all(folder().join("store"));
    }
    for (name, _) in &made {
        let mut bytes = fs::read(place.store().join(name)).unwrap();
        if name.contains("/records/") {
            bytes = relocated(&bytes, image.to_str().unwrap());
        }
        check(&format!("store/{name}"), &bytes).unwrap();
    }
    let names = |files: Vec<(String, u64)>| files.into_iter().map(|(name, _)| name);
    let kept: Vec<_> = names(files_below(&folder().join("store")).unwrap()).collect();
    assert_eq!(kept, names(made).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_kept_store_is_read_by_this_release() {
    if blessing() {
        // It is being written just now.
        return;
    }
    let place = Place::new(8).unwrap();
    copy_folder(&folder().join("store"), &place.store()).unwrap();
    let engine = place.open().await.unwrap();
    let [one, two] = contents();
    let all = engine.snapshots(None).await.unwrap();
    let names: Vec<_> = all.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["one", "two", "full"]);
    for (name, model) in [("one", &one), ("two", &two), ("full", &two)] {
        let file = place.path(name);
        let progress = || Arc::new(NoProgress);
        engine.export(name, &file, ExportFormat::Raw, progress()).await.unwrap();
        assert!(Model::read(&file, SIZE).unwrap() == *model, "{name} has other bytes");
        assert_eq!(engine.verify(name, progress()).await.unwrap().damage, []);
        let diff = engine.diff_items("one", name, engine::Granularity::Block).await.unwrap();
        assert_eq!(diff.items, model.diff_from(&one, BLOCK));
    }
    assert_eq!(engine.disk("web").await.unwrap().size_bytes.bytes(), SIZE);
}
