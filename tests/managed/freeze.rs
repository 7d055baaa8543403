//! Snapshots of disks that are written to meanwhile, and that are stopped on the way.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use engine::{Changing, Progress, SnapshotRequest};
use harness::{
    image::assert_same,
    managed::{create_empty, dirty_bytes, exported, read, write},
    place::{Place, take},
    seeded::Seeded,
};
use shared::{Code, SnapshotKind};
use tokio::sync::mpsc;

const SIZE: u64 = 5 << 20;

/// Tells when the scan has begun, and then stops it until it may go on.
#[derive(Debug)]
struct Gate {
    begun: mpsc::UnboundedSender<()>,
    go_on: Mutex<std::sync::mpsc::Receiver<()>>,
    cancelled: bool,
}

impl Progress for Gate {
    fn at(&self, _: u64, _: u64) {
        if self.begun.send(()).is_ok() {
            // An error: the other side was dropped, and nobody is to wait any more.
            let _ = self.go_on.lock().unwrap().recv();
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled && self.begun.is_closed()
    }
}

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
    let (begun, mut scanning) = mpsc::unbounded_channel();
    let (go, go_on) = std::sync::mpsc::channel();
    let gate = Arc::new(Gate { begun, go_on: Mutex::new(go_on), cancelled: false });
    let taking = tokio::spawn({
        let (engine, request) = (Arc::clone(&engine), request("db", "second", kind));
        async move { Box::pin(engine.create_snapshot(request, gate)).await }
    });
    scanning.recv().await.unwrap();
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
    drop((go, scanning));
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
        let (begun, mut scanning) = mpsc::unbounded_channel();
        let (go, go_on) = std::sync::mpsc::channel();
        let gate = Arc::new(Gate { begun, go_on: Mutex::new(go_on), cancelled: true });
        let taking = tokio::spawn({
            let engine = Arc::clone(&engine);
            let request = request("db", "stopped", SnapshotKind::Incremental);
            async move { Box::pin(engine.create_snapshot(request, gate)).await }
        });
        scanning.recv().await.unwrap();
        drop((scanning, go));
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
