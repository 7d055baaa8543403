//! Commands at the same time: who waits for whom, and who does not.
//!
//! A command that is stopped amid its work stands for one that takes long.

use harness::{cli::Skikt, image::assert_same};

const OTHER_SNAPSHOT: &str = "waiting for another snapshot of the disk to end";
const OTHER_COMMAND: &str = "waiting for another skikt command to end";

#[test]
fn two_snapshots_of_one_disk_are_taken_one_after_the_other() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let mut second = skikt.start("snapshot create web --name two");
    second.until_it_says(OTHER_SNAPSHOT);
    first.go_on();
    first.finish().ok("the first");
    second.finish().ok("the second");
    let snapshots = skikt.snapshots();
    assert_eq!(skikt.names(), ["one", "two"]);
    assert_eq!(snapshots[1].base_id, Some(snapshots[0].id));
    assert_eq!(snapshots[1].sizes.changed, 0);
    skikt.assert_exports("two", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_snapshot_that_waited_is_of_the_disk_as_it_is_then() {
    let (skikt, mut image, first) =
        Skikt::with_stopped_snapshot("snapshot create web --name one --allow-changing");
    let mut second = skikt.start("snapshot create web --name two");
    second.until_it_says(OTHER_SNAPSHOT);
    image.scramble(0..4096, 1);
    first.go_on();
    first.finish().ok("the first");
    second.finish().ok("the second");
    skikt.assert_exports("two", image.bytes());
}

#[test]
fn a_command_that_was_killed_is_not_waited_for() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let mut second = skikt.start("snapshot create web --name two");
    second.until_it_says(OTHER_SNAPSHOT);
    first.signal(nix::sys::signal::Signal::SIGKILL);
    first.finish();
    second.finish().ok("the second");
    assert_eq!(skikt.names(), ["two"]);
    skikt.assert_exports("two", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_name_is_taken_while_its_snapshot_is_being_written() {
    let (skikt, _image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    skikt.random_image("db.img", 1 << 20);
    skikt.ok("disk attach db db.img");
    skikt.refused("snapshot create db --name one", shared::Code::SnapshotNameTaken);
    skikt.refused("snapshot show one", shared::Code::SnapshotNotFound);
    first.go_on();
    first.finish().ok("the first");
    assert_eq!(skikt.names(), ["one"]);
}

#[test]
fn snapshots_of_two_disks_do_not_wait() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let other = skikt.random_image("db.img", 4 << 20);
    skikt.ok("disk attach db db.img");
    let ran = skikt.run("snapshot create db --name two");
    assert!(!ran.stderr.contains("waiting"), "{}", ran.stderr);
    ran.ok("the other disk's");
    assert_eq!(skikt.names(), ["two"]);
    first.go_on();
    first.finish().ok("the first");
    skikt.assert_exports("one", image.bytes());
    skikt.assert_exports("two", other.bytes());
    skikt.assert_whole();
}

#[test]
fn readers_do_not_wait_for_a_snapshot() {
    let (skikt, _image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    for command in ["disk list", "disk show web", "snapshot list", "gc --plan"] {
        let ran = skikt.run(command);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{command}");
    }
    first.go_on();
    first.finish().ok("the snapshot");
}

#[test]
fn a_collection_waits_for_a_snapshot() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let mut gc = skikt.start("gc");
    gc.until_it_says(OTHER_COMMAND);
    first.go_on();
    first.finish().ok("the snapshot");
    gc.finish().ok("gc");
    skikt.assert_exports("one", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_rebuild_waits_for_a_snapshot() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name one");
    let mut rebuild = skikt.start("catalog rebuild");
    rebuild.until_it_says(OTHER_COMMAND);
    first.go_on();
    first.finish().ok("the snapshot");
    rebuild.finish().ok("catalog rebuild");
    skikt.assert_exports("one", image.bytes());
    skikt.assert_whole();
}

#[test]
fn an_export_goes_on_while_a_collection_waits() {
    let (skikt, image, first) = Skikt::with_stopped_snapshot("snapshot create web --name two");
    let other = skikt.random_image("db.img", 1 << 20);
    skikt.ok("disk attach db db.img");
    skikt.ok("snapshot create db --name kept");
    let mut gc = skikt.start("gc");
    gc.until_it_says(OTHER_COMMAND);
    skikt.assert_exports("kept", other.bytes());
    assert!(!gc.ended());
    first.go_on();
    first.finish().ok("the snapshot");
    gc.finish().ok("gc");
    skikt.assert_exports("two", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_new_data_directory_is_made_once_by_many() {
    let skikt = Skikt::new();
    let names = ["one", "two", "three", "four"];
    for name in names {
        skikt.random_image(name, 1 << 20);
    }
    let attach = |name| skikt.start(&format!("disk attach {name} {name}"));
    for running in names.map(attach) {
        running.finish().ok("disk attach");
    }
    assert_eq!(skikt.json("disk list")["items"].as_array().unwrap().len(), names.len());
    skikt.assert_whole();
}

#[test]
fn one_file_is_exported_to_once_at_a_time() {
    let (skikt, image) = Skikt::with_disk(4 << 20);
    skikt.ok("snapshot create web --name kept");
    let exports = [(); 4].map(|()| skikt.start("export kept out.img --output json"));
    let ran = exports.map(harness::running::Running::finish);
    assert!(ran.iter().any(|it| it.code == Some(0)));
    for refused in ran.iter().filter(|it| it.code != Some(0)) {
        assert_eq!(refused.problem("export").code, shared::Code::OutputFailed);
    }
    assert_same(&skikt.read("out.img"), image.bytes(), "the export");
    assert!(!skikt.path("out.img.partial").exists());
}
