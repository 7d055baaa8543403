//! Histories that broke other systems, each with the report it is known by.

use std::fs;

use engine::Granularity;
use harness::{
    model::BLOCK,
    place::{Place, attach},
    seeded::Seeded,
};
use shared::{Code, SnapshotKind};

use crate::world::World;

const CHUNK: u64 = 256 << 10;
const LEAF: u64 = 128 << 20;
const TREE: u64 = 64 << 30;

/// Compares every two snapshots, either way round, by blocks and by sectors.
async fn check_every_diff(world: &World) {
    for base in 0..world.known.len() {
        for target in 0..world.known.len() {
            world.check_diff(base, target, Granularity::Block).await;
            world.check_diff(base, target, Granularity::Sector).await;
        }
    }
}

/// openzfs/zfs#4809 and #4996: birth times of holes were lost, and with them the cleared blocks.
#[tokio::test(flavor = "multi_thread")]
async fn a_hole_partly_written_and_made_a_hole_again_is_told_at_every_turn() {
    let mut world = World::new(&[8 << 20]).await;
    let noise = Seeded::new(1);
    world.disk(0).write(0, &noise.bytes(4 << 20)).unwrap();
    world.snap(0).await;
    // The hole spans blocks, chunks and parts of both.
    world.disk(0).punch(CHUNK - 3 * BLOCK, 2 * CHUNK).unwrap();
    world.snap(0).await;
    world.disk(0).write(CHUNK, &noise.bytes(5 * 512)).unwrap();
    world.disk(0).write(2 * CHUNK - 512, &noise.bytes(1024)).unwrap();
    world.snap(0).await;
    world.disk(0).punch(CHUNK - 3 * BLOCK, 2 * CHUNK).unwrap();
    let known = world.snap(0).await;
    assert_eq!(known.facts.sizes.changed, 0);
    assert_eq!(known.facts.sizes.cleared, 3 * BLOCK);
    assert_eq!(world.known[3].facts.digest, world.known[1].facts.digest);
    check_every_diff(&world).await;
    world.check_all().await;
    // The same once the states between are gone.
    world.delete_and_collect(2).await;
    world.delete_and_collect(1).await;
    check_every_diff(&world).await;
    world.check_all().await;
}

/// `VMware` KB 2090639: changes past a power of two were not told after a disk had grown over it.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_new_tail_is_told_when_a_disk_grows_past_a_boundary() {
    for boundary in [CHUNK, LEAF, 32 * LEAF, TREE, 4 << 40] {
        let mut world = World::new(&[boundary - 512]).await;
        let noise = Seeded::new(boundary);
        world.disk(0).write(0, &noise.bytes(BLOCK as usize)).unwrap();
        world.snap(0).await;
        world.disk(0).resize(boundary + CHUNK + 1536).unwrap();
        world.snap(0).await;
        world.disk(0).write(boundary + CHUNK, &noise.bytes(1536)).unwrap();
        let known = world.snap(0).await;
        assert_eq!(known.facts.sizes.changed, BLOCK, "past {boundary}");
        let items = world.known[2].model.diff_from(&world.known[0].model, BLOCK);
        assert_eq!(items.len(), 1, "past {boundary}");
        assert_eq!((items[0].offset_bytes, items[0].length_bytes), (boundary + CHUNK, 1536));
        check_every_diff(&world).await;
        world.check_all().await;
    }
}

/// The other way round: what lay past the new end is gone, and is not there when it grows again.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_shrinks_and_grows_again_has_zeros_where_it_was_cut() {
    for (large, small) in [
        (LEAF + CHUNK + 512, LEAF - 512),
        (3 * CHUNK, CHUNK + 512),
        (TREE + LEAF, LEAF - CHUNK - 7 * 512),
        (2 * CHUNK, 512),
    ] {
        let mut world = World::new(&[large]).await;
        let noise = Seeded::new(large);
        for at in [0, small - 512, small, large / 2 / 512 * 512, large - 512] {
            world.disk(0).write(at, &noise.bytes(512)).unwrap();
        }
        world.snap(0).await;
        world.disk(0).resize(small).unwrap();
        world.snap(0).await;
        world.disk(0).resize(large).unwrap();
        world.snap(0).await;
        world.disk(0).write(large - 512, &noise.bytes(512)).unwrap();
        world.snap(0).await;
        check_every_diff(&world).await;
        world.check_all().await;
        world.delete_and_collect(0).await;
        check_every_diff(&world).await;
        world.check_all().await;
    }
}

/// Velero pads the last block with zeros; here a disk ends where it ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_no_multiple_of_a_block_keeps_its_size() {
    for size in [512, BLOCK - 512, BLOCK + 512, CHUNK - 512, CHUNK + 512, 4 * CHUNK + 2560] {
        let mut world = World::new(&[size]).await;
        let noise = Seeded::new(size);
        world.disk(0).write(0, &noise.bytes(size as usize)).unwrap();
        world.snap(0).await;
        world.disk(0).write(size - 512, &noise.bytes(512)).unwrap();
        world.snap(0).await;
        world.disk(0).punch(0, size).unwrap();
        world.snap(0).await;
        check_every_diff(&world).await;
        world.check_all().await;
    }
}

/// Patches on patches: past a depth of 8 they are folded, and each is read back and told.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_blocks_changed_in_twenty_snapshots_are_given_back_in_each() {
    let mut world = World::new(&[2 * LEAF]).await;
    let noise = Seeded::new(5);
    world.disk(0).write(0, &noise.bytes(2 * CHUNK as usize)).unwrap();
    world.disk(0).write(LEAF, &noise.bytes(CHUNK as usize)).unwrap();
    world.snap(0).await;
    for round in 0..20 {
        for block in [1, 2, 40, 70] {
            let at = block * BLOCK + noise.below(8) * 512;
            world.disk(0).write(at, &noise.bytes(512)).unwrap();
        }
        world.disk(0).write(LEAF + noise.below(64) * BLOCK, &noise.bytes(512)).unwrap();
        if round % 5 == 4 {
            world.disk(0).punch(40 * BLOCK, 2 * BLOCK).unwrap();
        }
        let known = world.snap(0).await;
        assert!(known.facts.sizes.stored < CHUNK, "round {round} stores {:?}", known.facts.sizes);
    }
    for at in 1..world.known.len() {
        world.check_diff(0, at, Granularity::Block).await;
        world.check_diff(at, at / 2, Granularity::Block).await;
        world.check_diff(at / 3, at, Granularity::Sector).await;
    }
    world.check_all().await;
    while world.known.len() > 1 {
        let middle = world.known.len() / 2;
        world.delete_and_collect(middle).await;
    }
    world.check_all().await;
}

/// The same content at two places and on two disks is stored once, and outlives either of them.
#[tokio::test(flavor = "multi_thread")]
async fn content_that_two_disks_share_is_stored_once_and_stays_for_the_other() {
    let mut world = World::new(&[4 << 20, 6 << 20]).await;
    let bytes = Seeded::new(9).bytes(2 << 20);
    world.disk(0).write(0, &bytes).unwrap();
    let first = world.snap(0).await.facts.sizes.stored;
    assert!(first > 2 << 20);
    world.disk(0).write(2 << 20, &bytes).unwrap();
    let second = world.snap(0).await.facts.sizes.stored;
    assert!(second < 8192, "the same content at another place takes {second} bytes");
    world.disk(1).write(CHUNK, &bytes).unwrap();
    let third = world.snap(1).await.facts.sizes.stored;
    assert!(third < 8192, "the same content on another disk takes {third} bytes");
    let told = world.engine().snapshot("s2").await.unwrap();
    assert!(told.exclusive_bytes.unwrap() < 8192, "what two disks need is exclusive to none");
    world.delete_and_collect(0).await;
    world.delete_and_collect(0).await;
    world.check_all().await;
    world.delete_and_collect(0).await;
    assert!(world.place.store_bytes().unwrap() < 8192);
}

/// Nothing in a digest tells how a disk came to be what it is.
#[tokio::test(flavor = "multi_thread")]
async fn disks_with_equal_bytes_have_equal_digests_whatever_their_histories() {
    let mut world = World::new(&[LEAF + CHUNK, LEAF + CHUNK]).await;
    let (one, two) = (Seeded::new(3).bytes(500_224), Seeded::new(4).bytes(500_224));
    let at = LEAF - 300_032;
    world.disk(0).write(at, &one).unwrap();
    world.disk(1).write(at, &two).unwrap();
    world.snap(1).await;
    world.disk(1).resize(CHUNK).unwrap();
    world.snap(1).await;
    world.disk(1).resize(LEAF + CHUNK).unwrap();
    world.disk(1).write(at, &one).unwrap();
    world.snap(0).await;
    world.snap(1).await;
    assert_eq!(world.known[2].facts.digest, world.known[3].facts.digest);
    world.disk(1).punch(at, 512).unwrap();
    world.snap(1).await;
    assert_ne!(world.known[2].facts.digest, world.known[4].facts.digest);
    world.check_all().await;
}

/// A full snapshot shares no byte: it stands when everything else of the disk is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_snapshot_outlives_all_others_and_goes_without_a_collection() {
    let mut world = World::new(&[4 << 20]).await;
    world.disk(0).write(512, &Seeded::new(2).bytes(1 << 20)).unwrap();
    world.snap(0).await;
    world.take(0, SnapshotKind::Full, shared::Sku::PremiumLrs).await;
    world.take(0, SnapshotKind::Full, shared::Sku::StandardLrs).await;
    for known in &world.known[1..] {
        assert!(known.facts.sizes.stored > 1 << 20, "{} is not whole", known.name);
        assert_eq!(known.facts.sizes.changed, 0);
    }
    world.delete_and_collect(0).await;
    check_every_diff(&world).await;
    world.check_all().await;
    let before = world.place.store_bytes().unwrap();
    world.delete(0).await;
    let after = world.place.store_bytes().unwrap();
    assert!(before - after > 1 << 20, "deleting a full snapshot freed {} bytes", before - after);
    world.delete_and_collect(0).await;
}

/// dittofs#1490: an entry that the map should have read as zeros. Here it is an error.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_should_name_and_does_not_is_an_error_and_never_zeros() {
    let mut world = World::new(&[4 << 20]).await;
    world.disk(0).write(0, &Seeded::new(6).bytes(1 << 20)).unwrap();
    world.snap(0).await;
    fs::remove_dir_all(world.place.store().join("local/Standard_LRS/1/index")).unwrap();
    let file = world.place.path("out.img");
    let progress = || std::sync::Arc::new(engine::NoProgress);
    let format = engine::ExportFormat::Raw;
    let exported = world.engine().export("s0", &file, format, progress()).await;
    assert_eq!(exported.unwrap_err().code(), Code::Corrupt);
    assert!(!file.exists() && !world.place.path("out.img.partial").exists());
    let report = world.engine().verify("s0", progress()).await.unwrap();
    assert_eq!(report.damage.len(), 1);
    assert_eq!((report.damage[0].offset_bytes, report.damage[0].length_bytes), (0, 4 << 20));
    // The packs are there, so a rebuild names them again.
    world.close().await;
    assert_eq!(world.place.rebuild().await.unwrap().packs_indexed, 1);
    world.open().await;
    world.check_all().await;
}

/// NixOS/amis#123: a VHD, VHDX or qcow2 handed in as raw.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_in_another_format_is_never_taken_as_raw() {
    let place = Place::new(1).unwrap();
    let engine = place.open().await.unwrap();
    let mut vhd = vec![0; 1 << 20];
    let end = vhd.len() - 512;
    vhd[end..end + 8].copy_from_slice(b"conectix");
    let starts = |magic: &[u8]| [magic, &vec![0; (1 << 20) - magic.len()]].concat();
    let images = [
        ("fixed-vhd", vhd),
        ("dynamic-vhd", starts(b"conectix")),
        ("vhdx", starts(b"vhdxfile")),
        ("qcow2", starts(b"QFI\xfb\0\0\0\x03")),
    ];
    for (name, bytes) in images {
        let image = place.path(name);
        fs::write(&image, bytes).unwrap();
        let refused = attach(&engine, name, &image).await.unwrap_err();
        assert_eq!(refused.code(), Code::SourceMalformed, "{name}: {refused}");
    }
    assert_eq!(engine.disks().await.unwrap(), []);
}
