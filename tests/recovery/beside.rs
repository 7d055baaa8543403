//! Long work on a snapshot while garbage is collected around it.

use std::{fs, sync::Arc};

use engine::{ExportFormat, NoProgress};
use harness::{
    gate::Gate,
    model::Image,
    place::{Place, attach, take},
    seeded::Seeded,
};

/// More than work reads at once, so that there is something left to read after the collection.
const SIZE: u64 = 96 << 20;

/// A disk with two snapshots, of which the first one's blocks lie between the second one's.
async fn stage() -> (Place, Arc<engine::Engine>, Image) {
    let place = Place::new(21).expect("a temporary folder can be made");
    let engine = place.open().await.expect("a new data directory opens");
    let mut image = Image::create(place.path("disk.img"), SIZE).expect("an image can be made");
    let noise = Seeded::new(21);
    image.write(0, &noise.bytes(SIZE as usize)).expect("an image can be written");
    attach(&engine, "web", image.path()).await.expect("an image can be attached");
    Box::pin(take(&engine, "web", "old")).await.expect("a snapshot can be taken");
    for chunk in (0..SIZE).step_by(512 << 10) {
        image.write(chunk, &noise.bytes(256 << 10)).expect("an image can be written");
    }
    Box::pin(take(&engine, "web", "new")).await.expect("a snapshot can be taken");
    (place, Arc::new(engine), image)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verify_does_not_take_for_damage_what_was_moved() {
    let (_place, engine, _image) = stage().await;
    let (gate, mut keeper) = Gate::new(false);
    let verifying = Arc::clone(&engine);
    let verify = tokio::spawn(async move { verifying.verify("new", gate).await });
    keeper.stands().await;
    engine.delete("old").await.unwrap();
    let report = engine.gc().await.unwrap();
    assert!(report.freed_bytes > SIZE / 4, "packs were rewritten: {report:?}");
    drop(keeper);
    assert_eq!(verify.await.unwrap().unwrap().damage, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_keeps_the_snapshot_that_it_reads() {
    let (place, engine, image) = stage().await;
    let (gate, mut keeper) = Gate::new(false);
    let (exporting, file) = (Arc::clone(&engine), place.path("out.img"));
    let out = file.clone();
    let export =
        tokio::spawn(async move { exporting.export("new", &out, ExportFormat::Raw, gate).await });
    keeper.stands().await;
    engine.delete("new").await.unwrap();
    engine.gc().await.unwrap();
    drop(keeper);
    export.await.unwrap().unwrap();
    assert!(fs::read(file).unwrap() == fs::read(image.path()).unwrap());
    let gone = engine.verify("new", Arc::new(NoProgress)).await.unwrap_err();
    assert_eq!(gone.code(), shared::Code::SnapshotNotFound);
}
