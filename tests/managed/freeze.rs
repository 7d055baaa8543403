//! Snapshots of disks that are written to meanwhile, and that are stopped on the way.

use std::sync::Arc;

use bytes::Bytes;
use engine::{Changing, SnapshotRequest};
use harness::{
    gate::Gate,
    image::assert_same,
    managed::{create_empty, dirty_bytes, exported, read, write},
    place::{Place, take, take_kind},
    seeded::Seeded,
};
use shared::{Code, SnapshotKind};

const SIZE: u64 = 5 << 20;

fn request(disk: &str, name: &str, kind: SnapshotKind) -> SnapshotRequest {
    SnapshotRequest {
        disk: disk.to_owned(),
        id: None,
        name: Some(name.parse().unwrap()),
        kind,
        sku: None,
        tags: shared::Tags::default(),
        changing: Changing::Refused,
    }
}

/// Takes a snapshot while others write; gives what the disk was at the freeze and is now.
async fn take_under_writes(kind: SnapshotKind) {
    let place = Place::new(1).unwrap();
    let engine = Arc::new(place.open().await.unwrap());
    create_empty(&engine, "db", SIZE).await.unwrap();
    let noise = Seeded::new(1);
    write(&engine, "db", 0, &noise.bytes(3 << 20)).await.unwrap();
    Box::pin(take(&engine, "db", "first")).await.unwrap();
    write(&engine, "db", 1 << 20, &noise.bytes(2 << 20)).await.unwrap();
    let at_freeze = read(&engine, "db").await.unwrap();
    let (gate, mut keeper) = Gate::new(false);
    let taking = tokio::spawn({
        let (engine, request) = (Arc::clone(&engine), request("db", "second", kind));
        async move { Box::pin(engine.create_snapshot(request, gate)).await }
    });
    keeper.stands().await;
    // The scan stands at its first window. All is written over, old blocks, new ones and twice.
    let mut now = at_freeze.clone();
    let mut writers = Vec::new();
    for writer in 0..4_usize {
        let part = writer * (1 << 20) + 700..(writer + 1) * (1 << 20) + 700;
        let bytes = Seeded::new(writer as u64).bytes(part.len());
        now[part.clone()].copy_from_slice(&bytes);
        let engine = Arc::clone(&engine);
        writers.push(tokio::spawn(async move {
            for (number, piece) in bytes.chunks(50_001).enumerate() {
                let at = (part.start + number * 50_001) as u64;
                write(&engine, "db", at, &vec![9; piece.len()]).await.unwrap();
                write(&engine, "db", at, piece).await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_same(&read(&engine, "db").await.unwrap(), &now, "the disk while the snapshot is taken");
    drop(keeper);
    let taken = taking.await.unwrap().unwrap().snapshot;
    assert_eq!(taken.consistency, shared::Consistency::Exact);
    assert_eq!(taken.sizes.changed, 2 << 20);
    assert_same(&exported(&engine, &place, "second").await.unwrap(), &at_freeze, "the snapshot");
    assert_same(&read(&engine, "db").await.unwrap(), &now, "the disk after it");
    // What is not in it is in the next one.
    Box::pin(take(&engine, "db", "third")).await.unwrap();
    for snapshot in ["first", "second"] {
        engine.delete(snapshot).await.unwrap();
    }
    engine.gc().await.unwrap();
    assert_same(&exported(&engine, &place, "third").await.unwrap(), &now, "the next snapshot");
    assert_same(&read(&engine, "db").await.unwrap(), &now, "the disk at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_the_disk_at_the_freeze_whoever_writes_meanwhile() {
    Box::pin(take_under_writes(SnapshotKind::Incremental)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_snapshot_is_the_disk_at_the_freeze_whoever_writes_meanwhile() {
    Box::pin(take_under_writes(SnapshotKind::Full)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_is_cancelled_loses_nothing() {
    let place = Place::new(2).unwrap();
    let engine = Arc::new(place.open().await.unwrap());
    create_empty(&engine, "db", SIZE).await.unwrap();
    let mut now = vec![0; SIZE as usize];
    for round in 0..3_usize {
        let at = round * 400_000;
        let bytes = Seeded::new(round as u64).bytes(900_000);
        now[at..at + bytes.len()].copy_from_slice(&bytes);
        write(&engine, "db", at as u64, &bytes).await.unwrap();
        let (gate, mut keeper) = Gate::new(true);
        let taking = tokio::spawn({
            let engine = Arc::clone(&engine);
            let request = request("db", "stopped", SnapshotKind::Incremental);
            async move { Box::pin(engine.create_snapshot(request, gate)).await }
        });
        keeper.stands().await;
        drop(keeper);
        // Asked at the next window, or too late: a disk of one window is scanned by then.
        match taking.await.unwrap() {
            Err(error) => assert_eq!(error.code(), Code::Cancelled),
            Ok(_) => drop(engine.delete("stopped").await.unwrap()),
        }
        assert_same(&read(&engine, "db").await.unwrap(), &now, "the disk");
    }
    let taken = Box::pin(take(&engine, "db", "whole")).await.unwrap().snapshot;
    assert_eq!(taken.sizes.allocated, dirty_blocks(&now));
    assert_same(&exported(&engine, &place, "whole").await.unwrap(), &now, "the snapshot");
    assert_eq!(dirty_bytes(&engine.disk("db").await.unwrap()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_snapshot_has_a_part_of_a_gathered_write() {
    let place = Place::new(3).unwrap();
    let engine = Arc::new(place.open().await.unwrap());
    create_empty(&engine, "db", SIZE).await.unwrap();
    let offsets = [0, 300_000, 2_000_001, SIZE - 100];
    let writing = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move {
            for round in 1..=200_u8 {
                let pieces = offsets.map(|offset| (offset, Bytes::from(vec![round; 100])));
                engine.write_disk_ranges("db", &pieces).await.unwrap();
            }
        }
    });
    for number in 0..8 {
        let name = format!("s{number}");
        Box::pin(take(&engine, "db", &name)).await.unwrap();
        let bytes = exported(&engine, &place, &name).await.unwrap();
        let round = bytes[0];
        let whole = offsets.iter().all(|&at| bytes[at as usize..][..100] == [round; 100]);
        assert!(whole, "{name}: a part of round {round}");
    }
    writing.await.unwrap();
}

fn dirty_blocks(bytes: &[u8]) -> u64 {
    bytes.chunks(4096).filter(|block| block.iter().any(|&byte| byte != 0)).count() as u64 * 4096
}

/// How many layers a disk's folder has.
fn layers(place: &Place, disk: shared::DiskId) -> usize {
    let folder = place.data().join("disks").join(disk.to_string());
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.filter(|entry| entry.file_type().unwrap().is_dir()).count()
}

#[tokio::test]
async fn layers_that_no_snapshot_takes_the_place_of_do_not_pile_up() {
    let place = Place::new(9).unwrap();
    let engine = place.open().await.unwrap();
    let disk = create_empty(&engine, "db", SIZE).await.unwrap();
    let noise = Seeded::new(9);
    let mut expected = vec![0; SIZE as usize];
    for number in 0..20 {
        let bytes = noise.bytes(4096 + noise.below(300_000) as usize);
        let at = noise.below(SIZE - bytes.len() as u64);
        write(&engine, "db", at, &bytes).await.unwrap();
        expected[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
        let name = format!("full-{number}");
        let full = SnapshotKind::Full;
        // Every third one breaks off: what it froze is in no snapshot.
        if number % 3 == 2 {
            let (gate, keeper) = Gate::new(true);
            drop(keeper);
            let request = request("db", &name, full);
            let taken = Box::pin(engine.create_snapshot(request, gate)).await;
            assert_eq!(taken.unwrap_err().code(), Code::Cancelled);
        } else {
            Box::pin(take_kind(&engine, "db", &name, full, None)).await.unwrap();
            assert_eq!(dirty_bytes(&engine.disk("db").await.unwrap()), 0, "{name}");
        }
        assert!(layers(&place, disk.id) <= 9, "{} layers", layers(&place, disk.id));
        assert_same(&read(&engine, "db").await.unwrap(), &expected, &name);
    }
    Box::pin(take(&engine, "db", "small")).await.unwrap();
    assert_eq!(layers(&place, disk.id), 1);
    assert_same(&exported(&engine, &place, "small").await.unwrap(), &expected, "the snapshot");
}
