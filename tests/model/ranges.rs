//! Any range of a snapshot, read without a file, while the store changes under the reader.

use std::{ops::Range, sync::Arc};

use engine::{Engine, Error, ExportFormat, NoProgress};
use futures::{StreamExt as _, TryStreamExt as _};
use harness::{
    image::Image,
    place::{Place, attach, take, take_kind},
    random::Random,
};
use shared::{Code, SnapshotKind};

/// The bytes of a range, put together.
async fn read(image: &engine::Image, range: Range<u64>) -> Result<Vec<u8>, Error> {
    image
        .read(range)
        .try_fold(Vec::new(), async |all, piece| Ok([all, piece.to_vec()].concat()))
        .await
}

async fn image(engine: &Engine, name: &str, format: ExportFormat) -> engine::Image {
    engine.image(name, format).await.expect("the snapshot is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_range_has_the_bytes_that_a_file_would_have() {
    let place = Place::new(21).unwrap();
    let engine = place.open().await.unwrap();
    // Not a whole number of chunks, nor of blocks; with holes at both ends.
    let size = (5 << 20) + 3 * 512;
    let mut disk = Image::new(&place.path("disk.img"), size);
    attach(&engine, "web", disk.path()).await.unwrap();
    let mut random = Random::new(21);
    for number in 0..6 {
        disk.change(&mut random);
        Box::pin(take(&engine, "web", &format!("s{number}"))).await.unwrap();
    }
    let raw = image(&engine, "s5", ExportFormat::Raw).await;
    let vhd = image(&engine, "s5", ExportFormat::Vhd).await;
    assert_eq!((raw.length(), vhd.length()), (size, size + 512));
    assert_ne!(raw.tag(), vhd.tag());
    assert_eq!(read(&raw, 0..u64::MAX).await.unwrap(), disk.bytes());
    let file = read(&vhd, 0..u64::MAX).await.unwrap();
    assert_eq!(file[..size as usize], *disk.bytes());
    assert_eq!(&file[size as usize..][..8], b"conectix");
    for _ in 0..200 {
        let start = random.below(size + 600);
        let most = if random.below(2) == 0 { 9000 } else { size };
        let length = random.below(most);
        let end = (start + length).min(file.len() as u64).max(start);
        let expected = file.get(start as usize..end as usize).unwrap_or_default();
        assert_eq!(read(&vhd, start..start + length).await.unwrap(), expected, "{start} {length}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_finds_what_garbage_collection_moves_and_keeps_what_is_deleted() {
    let place = Place::new(22).unwrap();
    let engine = place.open().await.unwrap();
    let mut disk = Image::random(&place.path("disk.img"), 8 << 20, 22);
    attach(&engine, "web", disk.path()).await.unwrap();
    Box::pin(take(&engine, "web", "first")).await.unwrap();
    let first = disk.bytes().to_vec();
    disk.scramble(1 << 20..5 << 20, 23);
    Box::pin(take(&engine, "web", "second")).await.unwrap();
    let (held, moved) = (
        image(&engine, "first", ExportFormat::Raw).await,
        image(&engine, "second", ExportFormat::Raw).await,
    );
    let mut stream = Box::pin(held.read(0..8 << 20));
    let mut bytes = stream.next().await.unwrap().unwrap().to_vec();
    engine.delete("first").await.unwrap();
    engine.gc().await.unwrap();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    assert!(bytes == first);
    drop((stream, held));
    // Now nobody holds the first one: its frames go, and those of the second move.
    assert!(engine.gc().await.unwrap().freed_bytes > 3 << 20);
    assert!(read(&moved, 0..8 << 20).await.unwrap() == disk.bytes());
    let gone = engine.image("first", ExportFormat::Raw).await.unwrap_err();
    assert_eq!(gone.code(), Code::SnapshotNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_snapshot_that_is_read_is_deleted_when_its_reader_has_gone() {
    let place = Place::new(24).unwrap();
    let engine = place.open().await.unwrap();
    let disk = Image::random(&place.path("disk.img"), 1 << 20, 24);
    attach(&engine, "web", disk.path()).await.unwrap();
    Box::pin(take_kind(&engine, "web", "full", SnapshotKind::Full, None)).await.unwrap();
    let held = image(&engine, "full", ExportFormat::Raw).await;
    engine.delete("full").await.unwrap();
    engine.gc().await.unwrap();
    assert!(read(&held, 0..1 << 20).await.unwrap() == disk.bytes());
    drop(held);
    engine.gc().await.unwrap();
    assert!(place.objects().unwrap().iter().all(|(path, _)| !path.contains("/full/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_ends_a_read_and_is_named_to_the_block() {
    let place = Place::new(25).unwrap();
    let engine = place.open().await.unwrap();
    let disk = Image::random(&place.path("disk.img"), 1 << 20, 25);
    attach(&engine, "web", disk.path()).await.unwrap();
    Box::pin(take(&engine, "web", "one")).await.unwrap();
    let objects = place.objects().unwrap();
    let (pack, _) = objects.iter().find(|(path, _)| path.contains("/packs/")).unwrap();
    let pack = place.store().join(pack);
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes[100_000] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    let image = image(&engine, "one", ExportFormat::Raw).await;
    let error = read(&image, 0..1 << 20).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { block: 0, .. }), "{error}");
    // What does not lie in the damaged frame is there.
    let tail = 512 << 10..1 << 20;
    assert!(read(&image, tail.clone()).await.unwrap() == disk.bytes()[tail.start as usize..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_writers_go_on_while_garbage_is_collected() {
    let place = Place::new(26).unwrap();
    let engine = Arc::new(place.open().await.unwrap());
    let mut disk = Image::random(&place.path("disk.img"), 4 << 20, 26);
    attach(&engine, "web", disk.path()).await.unwrap();
    let kept = disk.bytes().to_vec();
    Box::pin(take(&engine, "web", "kept")).await.unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let readers: Vec<_> = (0..4)
        .map(|seed| {
            let (engine, kept, stopped) = (Arc::clone(&engine), kept.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut random = Random::new(seed);
                while !*stopped.borrow() {
                    let start = random.below(4 << 20);
                    let end = start + random.below((4 << 20) - start + 1);
                    let image = image(&engine, "kept", ExportFormat::Raw).await;
                    let bytes = read(&image, start..end).await.unwrap();
                    assert!(bytes == kept[start as usize..end as usize]);
                }
            })
        })
        .collect();
    let collector = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move {
            while !*stopped.borrow() {
                engine.gc().await.unwrap();
            }
        }
    });
    let mut random = Random::new(27);
    for number in 0..12 {
        disk.change(&mut random);
        let name = format!("s{number}");
        Box::pin(take(&engine, "web", &name)).await.unwrap();
        let image = image(&engine, &name, ExportFormat::Raw).await;
        assert!(read(&image, 0..4 << 20).await.unwrap() == disk.bytes());
        if number > 2 {
            engine.delete(&format!("s{}", number - 3)).await.unwrap();
        }
    }
    stop.send(true).unwrap();
    for task in readers {
        task.await.unwrap();
    }
    collector.await.unwrap();
    for name in ["kept", "s9", "s10", "s11"] {
        let report = engine.verify(name, Arc::new(NoProgress)).await.unwrap();
        assert_eq!(report.damage, [], "{name}");
    }
}
