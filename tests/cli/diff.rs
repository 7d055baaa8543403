//! Differences, compared with what comparing all bytes finds.

use harness::{
    cli::Skikt,
    image::{Image, differences},
    random::Random,
};
use shared::{Code, Diff};

fn diff(skikt: &Skikt, command: &str) -> Diff {
    serde_json::from_value(skikt.json(command)).expect("a difference has its shape")
}

#[test]
fn a_difference_is_what_comparing_every_byte_finds() {
    let (skikt, mut image) = Skikt::with_disk(8 << 20);
    let mut random = Random::new(11);
    let mut kept = vec![image.bytes().to_owned()];
    skikt.ok("snapshot create web --name s0");
    for number in 1..4 {
        image.change(&mut random);
        kept.push(image.bytes().to_owned());
        skikt.ok(&format!("snapshot create web --name s{number}"));
    }
    for (base, before) in kept.iter().enumerate() {
        for (target, after) in kept.iter().enumerate() {
            let diff = diff(&skikt, &format!("diff s{base} s{target}"));
            assert_eq!(diff.items, differences(before, after), "s{base} to s{target}");
            assert_eq!(diff.granularity_bytes, 4096);
        }
    }
}

#[test]
fn sectors_are_told_on_request() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name before");
    image.scramble(4096 + 512..4096 + 1536, 5);
    image.clear(8192..8704);
    skikt.ok("snapshot create web --name after");
    let diff = diff(&skikt, "diff before after --granularity 512");
    let items: Vec<_> = diff.items.iter().map(|it| (it.offset_bytes, it.length_bytes)).collect();
    assert_eq!(items, [(4608, 1024), (8192, 512)]);
    assert_eq!((diff.changed_bytes, diff.cleared_bytes), (1024, 512));
}

#[test]
fn sizes_that_differ_are_compared_to_the_larger() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    let small = image.bytes().to_owned();
    skikt.ok("snapshot create web --name small");
    image.resize((2 << 20) + 512);
    image.scramble(1 << 20..(1 << 20) + 4096, 6);
    image.scramble(2 << 20..(2 << 20) + 512, 7);
    skikt.ok("snapshot create web --name large");
    let large = image.bytes();
    assert_eq!(diff(&skikt, "diff small large").items, differences(&small, large));
    assert_eq!(diff(&skikt, "diff large small").items, differences(large, &small));
}

#[test]
fn a_difference_outlives_the_snapshots_between() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    let first = image.bytes().to_owned();
    skikt.ok("snapshot create web --name first");
    for name in ["middle", "last"] {
        image.change(&mut Random::new(name.len() as u64));
        skikt.ok(&format!("snapshot create web --name {name}"));
    }
    skikt.ok("snapshot delete middle --yes");
    skikt.ok("gc");
    assert_eq!(diff(&skikt, "diff first last").items, differences(&first, image.bytes()));
}

#[test]
fn full_and_incremental_snapshots_are_compared_too() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    let before = image.bytes().to_owned();
    skikt.ok("snapshot create web --name incremental");
    image.change(&mut Random::new(3));
    skikt.ok("snapshot create web --name full --full --sku Premium_LRS");
    let found = diff(&skikt, "diff incremental full");
    assert_eq!(found.items, differences(&before, image.bytes()));
}

#[test]
fn snapshots_of_two_disks_are_not_compared() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    Image::new(&skikt.path("db.img"), 1 << 20);
    skikt.ok("disk attach db db.img");
    skikt.ok("snapshot create web --name one");
    skikt.ok("snapshot create db --name other");
    skikt.refused("diff one other", Code::DifferentDisks);
    skikt.refused("diff one gone", Code::SnapshotNotFound);
    skikt.refused("diff gone one", Code::SnapshotNotFound);
}
