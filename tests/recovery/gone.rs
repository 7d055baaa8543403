//! A store that goes away while the data directory is open, and what is found after it is back.

use std::{fs, sync::Arc};

use engine::NoProgress;
use harness::{
    managed::{create_empty, read, write},
    model::Image,
    place::{Place, attach, copy_folder, take},
    seeded::Seeded,
};
use shared::Code;

#[tokio::test]
async fn nothing_is_written_to_an_empty_folder_in_the_stores_place() {
    let place = Place::new(22).unwrap();
    let engine = place.open().await.unwrap();
    let mut image = Image::create(place.path("disk.img"), 1 << 20).unwrap();
    let noise = Seeded::new(22);
    image.write(0, &noise.bytes(1 << 20)).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    Box::pin(take(&engine, "web", "one")).await.unwrap();
    // As when the file system that the store is on goes away: its empty mount point is left.
    let away = place.path("away");
    fs::rename(place.store(), &away).unwrap();
    fs::create_dir(place.store()).unwrap();
    image.write(0, &noise.bytes(1 << 19)).unwrap();
    let refused = Box::pin(take(&engine, "web", "two")).await.unwrap_err();
    assert_eq!(refused.code(), Code::ZoneDown, "{refused:?}");
    assert_eq!(engine.gc().await.unwrap_err().code(), Code::ZoneDown);
    let (path, refused) = (place.path("disk.img"), "another disk's record");
    assert!(attach(&engine, "other", &path).await.is_err(), "{refused}");
    assert_eq!(fs::read_dir(place.store()).unwrap().count(), 0, "nothing was written");
    fs::remove_dir(place.store()).unwrap();
    fs::rename(&away, place.store()).unwrap();
    Box::pin(take(&engine, "web", "two")).await.unwrap();
    for name in ["one", "two"] {
        let report = engine.verify(name, Arc::new(NoProgress)).await.unwrap();
        assert_eq!(report.damage, [], "{name}");
    }
}

#[tokio::test]
async fn a_disk_that_an_older_store_does_not_know_keeps_what_was_written_to_it() {
    let place = Place::new(23).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "old", 1 << 20).await.unwrap();
    engine.close().await;
    // Last night's copy of the store.
    let copy = place.path("copy");
    fs::create_dir(&copy).unwrap();
    copy_folder(&place.store(), &copy).unwrap();
    let engine = place.open().await.unwrap();
    let made = create_empty(&engine, "new", 1 << 20).await.unwrap();
    let empty = create_empty(&engine, "empty", 1 << 20).await.unwrap();
    write(&engine, "new", 4096, b"written this morning").await.unwrap();
    engine.close().await;
    fs::remove_dir_all(place.store()).unwrap();
    fs::rename(&copy, place.store()).unwrap();
    place.rebuild().await.unwrap();
    let engine = place.open().await.unwrap();
    let names: Vec<_> = engine.disks().await.unwrap().into_iter().map(|disk| disk.name).collect();
    assert_eq!(names, ["old".parse().unwrap()]);
    assert!(read(&engine, "old").await.is_ok());
    let files = |id: shared::DiskId| place.data().join("disks").join(id.to_string());
    assert!(files(made.id).join("state").exists(), "what was written is still there");
    assert!(!files(empty.id).exists(), "what was never written to is nothing to keep");
}
