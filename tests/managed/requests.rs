//! What is asked of managed disks, one request at a time, and what is refused.

use bytes::Bytes;
use engine::{Loss, Origin};
use harness::{
    managed::{create, create_empty, create_from, dirty_bytes, read, read_range, write},
    model::Image,
    place::{Place, attach, take},
};
use shared::{ByteSize, Code, DiskPatch, Sku};

const SIZE: u64 = (1 << 20) + 1536;

#[tokio::test]
async fn a_new_disk_is_zeros_and_keeps_what_is_written() {
    let place = Place::new(1).unwrap();
    let engine = place.open().await.unwrap();
    let disk = create_empty(&engine, "db", SIZE).await.unwrap();
    assert_eq!((disk.size_bytes.bytes(), dirty_bytes(&disk)), (SIZE, 0));
    let mut expected = vec![0; SIZE as usize];
    assert!(read(&engine, "db").await.unwrap() == expected);
    for (offset, length) in [(0, 1), (4000, 200), (262_143, 2), (SIZE - 3, 3), (300_000, 600_001)] {
        let bytes: Vec<u8> = (0..length).map(|at| (offset + at) as u8 | 1).collect();
        write(&engine, "db", offset, &bytes).await.unwrap();
        expected[offset as usize..][..length as usize].copy_from_slice(&bytes);
        assert!(read(&engine, "db").await.unwrap() == expected, "after {offset}+{length}");
    }
    engine.close().await;
    let engine = place.open().await.unwrap();
    assert!(read(&engine, "db").await.unwrap() == expected);
    let part = read_range(&engine, "db", 299_999, 700_000).await.unwrap();
    assert!(part == expected[299_999..999_999]);
    assert!(read_range(&engine, "db", SIZE, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn pieces_are_written_in_order_and_all_or_none() {
    let place = Place::new(7).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    write(&engine, "db", 0, &[1; 12_000]).await.unwrap();
    take(&engine, "db", "below").await.unwrap();
    let piece = |offset, fill, length| (offset, Bytes::from(vec![fill; length]));
    let pieces = [
        // Two in one block, one over the other, out of order, and one at the odd end of the disk.
        piece(9000, 2, 100),
        piece(9050, 3, 100),
        piece(8192, 4, 10),
        piece(600_000, 5, 300_000),
        piece(SIZE - 3, 6, 3),
        piece(700_000, 7, 0),
    ];
    engine.write_disk_ranges("db", &pieces).await.unwrap();
    let mut expected = vec![0; SIZE as usize];
    expected[..12_000].fill(1);
    for (offset, bytes) in &pieces {
        expected[*offset as usize..][..bytes.len()].copy_from_slice(bytes);
    }
    assert!(read(&engine, "db").await.unwrap() == expected);
    let blocks = 1 + (900_000_u64.div_ceil(4096) - 600_000 / 4096) + 1;
    assert_eq!(dirty_bytes(&engine.disk("db").await.unwrap()), blocks * 4096);
    let refused = [piece(0, 8, 100), piece(SIZE - 1, 8, 2)];
    let error = engine.write_disk_ranges("db", &refused).await.unwrap_err();
    assert_eq!(error.code(), Code::RangeNotSatisfiable);
    engine.write_disk_ranges("db", &[]).await.unwrap();
    assert!(read(&engine, "db").await.unwrap() == expected);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_code() {
    let place = Place::new(2).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    let image = Image::create(place.path("web.img"), SIZE).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    let code = |result: Result<(), engine::Error>| result.unwrap_err().code();
    assert_eq!(code(write(&engine, "db", SIZE - 1, &[1, 2]).await), Code::RangeNotSatisfiable);
    assert_eq!(code(write(&engine, "db", u64::MAX, &[1, 2]).await), Code::RangeNotSatisfiable);
    assert_eq!(code(write(&engine, "web", 0, &[1]).await), Code::DiskNotManaged);
    assert_eq!(code(write(&engine, "no", 0, &[1]).await), Code::DiskNotFound);
    let past = read_range(&engine, "db", SIZE - 1, 2).await.map(drop);
    assert_eq!(code(past), Code::RangeNotSatisfiable);
    assert_eq!(code(create_empty(&engine, "db", 512).await.map(drop)), Code::DiskNameTaken);
    assert_eq!(code(create_from(&engine, "x", "no").await.map(drop)), Code::SnapshotNotFound);
    take(&engine, "db", "s").await.unwrap();
    let size = Some(ByteSize::new(512).unwrap());
    let origin = Origin::Snapshot { snapshot: "s".to_owned(), size };
    assert_eq!(code(create(&engine, "x", origin).await.map(drop)), Code::InvalidSize);
    let patch = |size_bytes| DiskPatch { size_bytes, ..DiskPatch::default() };
    assert_eq!(code(engine.update_disk("db", patch(size)).await.map(drop)), Code::InvalidSize);
    assert_eq!(code(engine.update_disk("web", patch(size)).await.map(drop)), Code::DiskNotManaged);
    let patch = DiskPatch { snapshot_sku: Some(Some(Sku::PremiumLrs)), ..DiskPatch::default() };
    assert_eq!(code(engine.update_disk("db", patch).await.map(drop)), Code::SkuNotAllowed);
}

#[tokio::test]
async fn a_disk_that_changed_says_so_also_after_a_rebuild() {
    let place = Place::new(3).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    write(&engine, "db", 4096, &[7; 4096]).await.unwrap();
    let patch = serde_json::json!({
        "size_bytes": 2 * SIZE, "tags": {"team": "a"},
        "sku": "Standard_LRS", "snapshot_sku": "Standard_LRS",
    });
    let patch: DiskPatch = serde_json::from_value(patch).unwrap();
    let changed = engine.update_disk("db", patch).await.unwrap();
    assert_eq!(changed.size_bytes.bytes(), 2 * SIZE);
    assert_eq!(changed.tags.get("team"), Some("a"));
    assert_eq!((changed.sku, changed.snapshot_sku), (Sku::StandardLrs, Some(Sku::StandardLrs)));
    engine.close().await;
    place.rebuild().await.unwrap();
    let engine = place.open().await.unwrap();
    let again = engine.disk("db").await.unwrap();
    assert_eq!(again, shared::Disk { revision: again.revision, ..changed });
    assert_eq!(dirty_bytes(&again), 4096);
    let bytes = read(&engine, "db").await.unwrap();
    assert!(bytes.len() as u64 == 2 * SIZE && bytes[4096..8192] == [7; 4096]);
}

#[tokio::test]
async fn an_attached_disk_is_read_in_place() {
    let place = Place::new(4).unwrap();
    let engine = place.open().await.unwrap();
    let mut image = Image::create(place.path("web.img"), SIZE).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    image.write(5000, b"here").unwrap();
    assert_eq!(read_range(&engine, "web", 4999, 6).await.unwrap(), b"\0here\0");
    assert_eq!(read(&engine, "web").await.unwrap().len() as u64, SIZE);
}

#[tokio::test]
async fn a_disk_whose_folder_is_gone_is_shown_and_can_be_detached() {
    let place = Place::new(5).unwrap();
    let engine = place.open().await.unwrap();
    let disk = create_empty(&engine, "db", SIZE).await.unwrap();
    std::fs::remove_dir_all(place.data().join("disks").join(disk.id.to_string())).unwrap();
    assert_eq!(engine.disks().await.unwrap().len(), 1);
    for code in [
        read(&engine, "db").await.unwrap_err().code(),
        write(&engine, "db", 0, &[1]).await.unwrap_err().code(),
        take(&engine, "db", "s").await.unwrap_err().code(),
        engine.gc().await.unwrap_err().code(),
    ] {
        assert_eq!(code, Code::Corrupt);
    }
    engine.close().await;
    let engine = place.open().await.unwrap();
    engine.detach("db", Loss::Accepted).await.unwrap();
    assert!(engine.disks().await.unwrap().is_empty());
    engine.gc().await.unwrap();
}

#[tokio::test]
async fn a_detached_disk_leaves_its_snapshots_and_no_files() {
    let place = Place::new(6).unwrap();
    let engine = place.open().await.unwrap();
    create_empty(&engine, "db", SIZE).await.unwrap();
    write(&engine, "db", 0, &[7; 5000]).await.unwrap();
    take(&engine, "db", "s").await.unwrap();
    write(&engine, "db", 0, &[8; 5000]).await.unwrap();
    assert_eq!(dirty_bytes(&engine.detach("db", Loss::Accepted).await.unwrap()), 8192);
    assert_eq!(std::fs::read_dir(place.data().join("disks")).unwrap().count(), 0);
    create_from(&engine, "again", "s").await.unwrap();
    assert!(read(&engine, "again").await.unwrap().starts_with(&[7; 5000]));
}
