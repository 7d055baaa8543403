//! What a managed disk reads from is never taken away from it.

use engine::Loss;
use harness::{
    managed::{create_empty, create_from, dirty_bytes, read, write},
    place::{Place, take, take_kind},
    seeded::Seeded,
};
use shared::{Code, Sku, SnapshotKind};

const SIZE: u64 = 3 << 20;

#[tokio::test]
async fn a_base_outlives_the_snapshot_that_it_came_from() {
    let place = Place::new(1).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    let bytes = Seeded::new(1).bytes(SIZE as usize);
    write(&engine, "db", 0, &bytes).await.unwrap();
    take(&engine, "db", "golden").await.unwrap();
    create_from(&engine, "copy", "golden").await.unwrap();
    // Its bytes are both disks', so that deleting it gives back no more than its manifest.
    let golden = engine.snapshot("golden").await.unwrap();
    assert_eq!(golden.exclusive_bytes, Some(0));
    let before = place.store_bytes().unwrap();
    engine.delete("golden").await.unwrap();
    engine.gc().await.unwrap();
    assert_eq!(before - place.store_bytes().unwrap(), golden.freeable_bytes.unwrap());
    for disk in ["db", "copy"] {
        assert!(read(&engine, disk).await.unwrap() == bytes, "{disk}");
        engine.detach(disk, Loss::Accepted).await.unwrap();
    }
    engine.gc().await.unwrap();
    assert!(place.store_bytes().unwrap() < 1 << 16);
}

#[tokio::test]
async fn a_full_snapshot_that_a_disk_reads_from_is_not_deleted() {
    let place = Place::new(2).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    let bytes = Seeded::new(2).bytes(SIZE as usize);
    write(&engine, "db", 0, &bytes).await.unwrap();
    let (full, premium) = (SnapshotKind::Full, Some(Sku::PremiumLrs));
    Box::pin(take_kind(&engine, "db", "golden", full, premium)).await.unwrap();
    // The disk itself does not lean on it.
    let disk = engine.disk("db").await.unwrap();
    assert_eq!(dirty_bytes(&disk), 0);
    create_from(&engine, "copy", "golden").await.unwrap();
    let refused = engine.delete("golden").await.unwrap_err();
    assert_eq!(refused.code(), Code::SnapshotInUse);
    assert!(refused.to_string().contains("copy"), "{refused}");
    engine.gc().await.unwrap();
    assert!(read(&engine, "copy").await.unwrap() == bytes);
    // An incremental snapshot of its own sets it free.
    let taken = Box::pin(take(&engine, "copy", "own")).await.unwrap();
    assert_eq!(taken.snapshot.sizes.changed, SIZE);
    engine.delete("golden").await.unwrap();
    engine.gc().await.unwrap();
    for disk in ["db", "copy"] {
        assert!(read(&engine, disk).await.unwrap() == bytes, "{disk}");
    }
}

#[tokio::test]
async fn disks_of_one_snapshot_share_its_bytes() {
    let place = Place::new(3).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "image", SIZE).await.unwrap();
    let bytes = Seeded::new(3).bytes(SIZE as usize);
    write(&engine, "image", 0, &bytes).await.unwrap();
    Box::pin(take(&engine, "image", "golden")).await.unwrap();
    for name in ["a", "b", "c"] {
        create_from(&engine, name, "golden").await.unwrap();
        write(&engine, name, 70_000, name.as_bytes()).await.unwrap();
        let taken = Box::pin(take(&engine, name, &format!("{name}-1"))).await.unwrap().snapshot;
        assert!(taken.sizes.stored < 20_000, "{name} stored {}", taken.sizes.stored);
        assert_eq!((taken.sizes.allocated, taken.sizes.changed), (SIZE, SIZE));
        let again = Box::pin(take(&engine, name, &format!("{name}-2"))).await.unwrap().snapshot;
        assert_eq!((again.sizes.changed, again.digest), (0, taken.digest));
    }
}
