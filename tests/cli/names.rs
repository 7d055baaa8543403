//! How disks and snapshots are named, found and not found.

use harness::cli::Skikt;
use shared::Code;

#[test]
fn a_name_a_group_with_a_name_and_an_id_all_find_a_disk() {
    let skikt = Skikt::new();
    skikt.random_image("web.img", 1 << 20);
    skikt.ok("disk attach lab/web web.img");
    let disk = skikt.json("disk show lab/web");
    assert_eq!((&disk["group"], &disk["name"]), (&"lab".into(), &"web".into()));
    assert_eq!(skikt.json(&format!("disk show {}", disk["id"].as_str().unwrap())), disk);
    skikt.refused("disk show web", Code::DiskNotFound);
}

#[test]
fn the_default_group_may_be_said_or_not() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create default/web --name kept");
    assert_eq!(skikt.json("snapshot show default/kept"), skikt.json("snapshot show kept"));
    assert_eq!(skikt.json("disk show default/web"), skikt.json("disk show web"));
}

#[test]
fn a_name_a_group_with_a_name_and_an_id_all_find_a_snapshot() {
    let skikt = Skikt::new();
    let image = skikt.random_image("web.img", 1 << 20);
    skikt.ok("disk attach lab/web web.img");
    let taken = skikt.json("snapshot create lab/web --name one");
    assert_eq!(taken["group"], "lab");
    let id = taken["id"].as_str().unwrap();
    skikt.assert_exports("lab/one", image.bytes());
    skikt.assert_exports(id, image.bytes());
    skikt.refused("snapshot show one", Code::SnapshotNotFound);
    skikt.ok(&format!("snapshot delete {id} --yes"));
    assert!(skikt.snapshots().is_empty());
}

#[test]
fn a_snapshot_without_a_name_is_called_after_its_disk_and_the_time() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    for _ in 0..3 {
        skikt.ok("snapshot create web");
    }
    let mut names = skikt.names();
    for name in &names {
        let time = name.strip_prefix("web-").unwrap();
        let shape: String =
            time.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
        assert!(shape.starts_with("00000000T000000Z"), "{name}");
    }
    names.dedup();
    assert_eq!(names.len(), 3);
}

#[test]
fn a_long_disk_name_leaves_room_for_the_time() {
    let skikt = Skikt::new();
    skikt.random_image("web.img", 1 << 20);
    let name = "x".repeat(80);
    skikt.ok(&format!("disk attach {name} web.img"));
    skikt.ok(&format!("snapshot create {name}"));
    skikt.ok(&format!("snapshot create {name}"));
    assert_eq!(skikt.names().iter().filter(|name| name.len() <= 80).count(), 2);
}

#[test]
fn a_disks_name_is_taken_once() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let list = skikt.json("disk list");
    skikt.random_image("db.img", 1 << 20);
    skikt.refused("disk attach web db.img", Code::DiskNameTaken);
    assert_eq!(skikt.json("disk list"), list);
    skikt.ok("disk attach lab/web db.img");
}

#[test]
fn a_snapshots_name_is_taken_once() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    let list = skikt.json("snapshot list");
    for command in ["snapshot create web --name kept", "snapshot create web --name kept --full"] {
        skikt.refused(command, Code::SnapshotNameTaken);
    }
    assert_eq!(skikt.json("snapshot list"), list);
    skikt.assert_exports("kept", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_deleted_snapshots_name_is_free_again() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let first = skikt.json("snapshot create web --name again");
    skikt.ok("snapshot delete again --yes");
    let second = skikt.json("snapshot create web --name again");
    assert_ne!(first["id"], second["id"]);
}

#[test]
fn what_can_be_no_name_is_a_wrong_use() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    for name in ["", ".", "-x", "a/b", "a b", "ä", "../x", &"x".repeat(81)] {
        let option = format!("--name={name}");
        let ran = skikt.start_split(&["snapshot", "create", "web", &option]).finish();
        assert_eq!(ran.code, Some(2), "{name:?}: {}", ran.stderr);
    }
    for name in ["", "a/b/c", "/a", "a/", "a b"] {
        let ran = skikt.start_split(&["disk", "attach", "--", name, "web.img"]).finish();
        assert_eq!(ran.code, Some(2), "{name:?}: {}", ran.stderr);
    }
    assert!(skikt.snapshots().is_empty());
}

#[test]
fn what_can_be_no_name_is_not_looked_for() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.refused("disk show a/b/c", Code::InvalidName);
    skikt.refused("snapshot show ../../x", Code::InvalidName);
    skikt.refused("snapshot create .. --name x", Code::InvalidName);
}

#[test]
fn a_disk_that_is_not_there_is_told() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    let id = "00000000-0000-7000-8000-000000000000";
    for disk in ["gone", id] {
        for command in ["disk show", "disk detach", "snapshot create", "snapshot list --disk"] {
            if command == "snapshot list --disk" && disk == id {
                // A detached disk is found by its id; one without snapshots has none to list.
                continue;
            }
            let problem = skikt.refused(&format!("{command} {disk}"), Code::DiskNotFound);
            assert!(problem.help.unwrap().contains("disk list"));
        }
    }
}

#[test]
fn a_snapshot_that_is_not_there_is_told_and_none_is_deleted() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    for command in ["snapshot show gone", "snapshot verify gone", "snapshot delete gone --yes"] {
        let problem = skikt.refused(command, Code::SnapshotNotFound);
        assert!(problem.help.unwrap().contains("snapshot list"));
    }
    skikt.refused("snapshot delete kept gone --yes", Code::SnapshotNotFound);
    assert_eq!(skikt.names(), ["kept"]);
}

#[test]
fn a_snapshot_that_is_named_twice_is_deleted_once() {
    let (skikt, _image) = Skikt::with_disk(512);
    skikt.ok("snapshot create web --name once");
    let deleted = skikt.json("snapshot delete once default/once --yes");
    assert_eq!(deleted["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_name_that_is_an_id_is_none() {
    let (skikt, _image) = Skikt::with_disk(512);
    skikt.ok("snapshot create web --name first");
    let id = skikt.snapshots()[0].id;
    skikt.refused(&format!("snapshot create web --name {id}"), Code::InvalidName);
    skikt.refused(&format!("disk attach {id} web.img"), Code::InvalidName);
    skikt.refused(&format!("disk create {id} --size 1MiB"), Code::InvalidName);
}
