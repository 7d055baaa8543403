//! An image that changes while it is read makes no snapshot, unless that is allowed.
//!
//! The snapshot is stopped between its first byte and its last, changed, and let go on.

use std::fs;

use harness::{
    cli::Skikt,
    image::{Image, assert_same},
};
use shared::{Code, Consistency};

/// Stops a snapshot amid reading, changes the image, and expects a refusal that leaves nothing.
fn refused_after(change: impl FnOnce(&mut Image), words: &str) -> (Skikt, Image) {
    let (skikt, mut image, running) =
        Skikt::with_stopped_snapshot("snapshot create web --name next --output json");
    change(&mut image);
    running.go_on();
    let problem = running.finish().problem("snapshot create");
    assert_eq!(problem.code, Code::SourceChanged, "{problem:?}");
    assert!(problem.detail.contains(words), "{problem:?}");
    assert!(problem.help.expect("there is a way").contains("--allow-changing"));
    assert!(skikt.snapshots().is_empty());
    let plan = skikt.json("gc --plan");
    assert_eq!(plan["freed_bytes"], 0, "something is left: {plan}");
    skikt.assert_whole();
    (skikt, image)
}

#[test]
fn an_image_that_is_written_to_while_it_is_read_is_refused() {
    let (skikt, image) = refused_after(|image| image.scramble(0..512, 1), "it was written to");
    skikt.ok("snapshot create web --name next");
    skikt.assert_exports("next", image.bytes());
}

#[test]
fn an_image_that_shrinks_while_it_is_read_is_refused() {
    let (skikt, image) = refused_after(|image| image.resize(1 << 20), "its size went from");
    skikt.ok("snapshot create web --name next");
    skikt.assert_exports("next", image.bytes());
}

#[test]
fn an_image_that_grows_while_it_is_read_is_refused() {
    let grow = |image: &mut Image| image.resize(image.bytes().len() as u64 + 512);
    refused_after(grow, "its size went from");
}

#[test]
fn an_image_that_goes_away_while_it_is_read_is_refused() {
    let remove = |image: &mut Image| fs::remove_file(image.path()).expect("it is there");
    let (skikt, _image) = refused_after(remove, "it was replaced, renamed or touched");
    skikt.refused("snapshot create web", Code::SourceNotFound);
}

#[test]
fn an_image_that_a_writer_takes_while_it_is_read_is_refused() {
    let mut held = None;
    let lock = |image: &mut Image| {
        let file = fs::File::open(image.path()).expect("it is there");
        file.lock().expect("nobody else has it");
        held = Some(file);
    };
    refused_after(lock, "a writer's lock");
}

#[test]
fn a_change_that_is_allowed_makes_the_snapshot_fuzzy() {
    let (skikt, mut image, running) =
        Skikt::with_stopped_snapshot("snapshot create web --name next --allow-changing");
    image.scramble(0..512, 1);
    running.go_on();
    running.finish().ok("snapshot create");
    let snapshots = skikt.snapshots();
    assert_eq!(snapshots[0].consistency, Consistency::Fuzzy);
    assert!(skikt.ok("snapshot show next").contains("fuzzy"));
    skikt.ok("export next out.img");
    let out = skikt.read("out.img");
    assert_same(&out[512..], &image.bytes()[512..], "what did not change");
    skikt.assert_whole();
}

#[test]
fn an_image_that_shrinks_is_refused_even_where_changes_are_allowed() {
    let (skikt, mut image, running) = Skikt::with_stopped_snapshot(
        "snapshot create web --name next --allow-changing --output json",
    );
    image.resize(1 << 20);
    running.go_on();
    let problem = running.finish().problem("snapshot create");
    assert_eq!(problem.code, Code::SourceTruncated, "{problem:?}");
    assert!(skikt.snapshots().is_empty());
    skikt.assert_whole();
}

#[test]
fn an_image_that_changed_before_is_no_cause_for_refusal() {
    let (skikt, mut image) = Skikt::with_disk(1 << 20);
    for seed in 0..3 {
        image.scramble(0..4096, seed);
        skikt.ok("snapshot create web");
    }
    assert!(skikt.snapshots().iter().all(|it| it.consistency == Consistency::Exact));
}
