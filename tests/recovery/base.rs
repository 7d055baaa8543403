//! A new incremental over a damaged base: it is refused or whole, never reported good and bad.

use std::{fs, sync::Arc};

use engine::{ExportFormat, NoProgress};
use harness::{
    model::{Image, Model},
    place::{Place, attach, take, take_kind},
    seeded::Seeded,
};
use shared::SnapshotKind;

const CHUNK: u64 = 256 << 10;
const SIZE: u64 = 4 * CHUNK;

/// What is done to the pack that holds the base's blocks.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Payload,
    Missing,
}

/// Harms the base, changes some of the disk, and takes another snapshot: longhorn#1385.
async fn another_over(harm: Harm, changed: u64, kind: SnapshotKind) {
    let what = format!("{harm:?}, {changed} chunks changed, {kind}");
    let place = Place::new(6).expect("a temporary folder can be made");
    let engine = place.open().await.expect("a new data directory opens");
    let mut image = Image::create(place.path("disk.img"), SIZE).expect("an image can be made");
    let noise = Seeded::new(1);
    image.write(0, &noise.bytes(SIZE as usize)).expect("an image can be written");
    attach(&engine, "web", image.path()).await.expect("an image can be attached");
    Box::pin(take(&engine, "web", "base")).await.expect("a snapshot can be taken");
    let folder = place.store().join("local/Standard_LRS/1/packs");
    let pack = fs::read_dir(folder).ok().and_then(|mut it| it.next()).and_then(Result::ok);
    let pack = pack.expect("a snapshot with data has a pack").path();
    match harm {
        Harm::Missing => fs::remove_file(pack).expect("the pack can be removed"),
        Harm::Payload => {
            let mut bytes = fs::read(&pack).expect("the pack can be read");
            bytes[1000] ^= 1;
            fs::write(&pack, bytes).expect("the pack can be written");
        }
    }
    for chunk in 0..changed {
        image.write(chunk * CHUNK, &noise.bytes(512)).expect("an image can be written");
    }
    let taken = Box::pin(take_kind(&engine, "web", "next", kind, None)).await;
    if kind == SnapshotKind::Full {
        assert!(taken.is_ok(), "{what}: a full snapshot needs no other: {taken:?}");
    }
    if taken.is_ok() {
        let report = engine.verify("next", Arc::new(NoProgress)).await;
        let report = report.unwrap_or_else(|error| panic!("{what}: verify: {error}"));
        assert_eq!(report.damage, [], "{what}: it was reported good");
        let file = place.path("out.img");
        let exported = engine.export("next", &file, ExportFormat::Raw, Arc::new(NoProgress)).await;
        exported.unwrap_or_else(|error| panic!("{what}: export: {error}"));
        assert!(Model::read(&file, SIZE).expect("the export can be read") == *image.model());
    }
}

#[tokio::test]
async fn an_incremental_over_a_base_whose_pack_is_missing_is_refused_or_whole() {
    for changed in [0, 1, 4] {
        Box::pin(another_over(Harm::Missing, changed, SnapshotKind::Incremental)).await;
    }
}

#[tokio::test]
async fn a_full_snapshot_is_taken_and_whole_whatever_became_of_the_others() {
    for harm in [Harm::Payload, Harm::Missing] {
        Box::pin(another_over(harm, 1, SnapshotKind::Full)).await;
    }
}
