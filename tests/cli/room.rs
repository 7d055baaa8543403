//! A full disk: told as such, with nothing half-made, and gone once there is room.

use std::{fs, io::Write as _, path::Path};

use harness::{
    cli::Skikt,
    image::Image,
    room::{Short, with_room},
};
use shared::Code;

/// The code of a write that met the limit.
const fn full(short: Short) -> Code {
    match short {
        Short::FileSystem => Code::NoSpace,
        Short::FileSize => Code::StoreFailed,
    }
}

#[test]
fn a_snapshot_for_which_there_is_no_room_leaves_nothing() {
    let name = "room::a_snapshot_for_which_there_is_no_room_leaves_nothing";
    with_room(name, 4096, |skikt, short| {
        let elsewhere = tempfile::tempdir().unwrap();
        let mut image = Image::new(&elsewhere.path().join("web.img"), 16 << 20);
        image.scramble(0..1 << 20, 1);
        skikt.ok(&format!("disk attach web {}", image.path().display()));
        skikt.ok("snapshot create web --name kept");
        let kept = image.bytes().to_owned();
        image.scramble(0..16 << 20, 2);
        for options in ["", "--full"] {
            let command = format!("snapshot create web --name next {options}");
            let problem = skikt.refused(&command, full(short));
            if short == Short::FileSystem {
                assert!(problem.help.unwrap().contains("free some room"));
            }
            assert_eq!(skikt.names(), ["kept"]);
            skikt.assert_whole();
        }
        image.clear(1 << 20..16 << 20);
        skikt.ok("snapshot create web --name next");
        for (name, expected) in [("kept", kept.as_slice()), ("next", image.bytes())] {
            let out = elsewhere.path().join("out.img");
            // The export has room: it goes elsewhere, and no limit of ours is on it.
            let unlimited = Skikt::inside(&skikt.path(""));
            unlimited.ok(&format!("export {name} {}", out.display()));
            assert!(fs::read(&out).unwrap() == expected, "{name}");
        }
        skikt.assert_whole();
    });
}

#[test]
fn an_export_for_which_there_is_no_room_leaves_nothing() {
    let name = "room::an_export_for_which_there_is_no_room_leaves_nothing";
    with_room(name, 2048, |skikt, short| {
        let (other, image) = Skikt::with_disk(8 << 20);
        other.ok("snapshot create web --name kept");
        std::os::unix::fs::symlink(other.path("data"), skikt.path("data")).unwrap();
        let problem = skikt.run("export kept out.img --output json").problem("export");
        let code = if short == Short::FileSystem { Code::NoSpace } else { Code::OutputFailed };
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(!skikt.path("out.img").exists() && !skikt.path("out.img.partial").exists());
        other.assert_exports("kept", image.bytes());
    });
}

#[test]
fn a_disk_without_any_room_is_told_and_harms_nothing() {
    let name = "room::a_disk_without_any_room_is_told_and_harms_nothing";
    with_room(name, 6144, |skikt, short| {
        if short == Short::FileSize {
            // Where nothing can be mounted, nothing can be filled to the brim.
            return;
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let mut image = Image::random(&elsewhere.path().join("web.img"), 1 << 20, 1);
        skikt.ok(&format!("disk attach web {}", image.path().display()));
        skikt.ok("snapshot create web --name one");
        image.scramble(0..1 << 19, 2);
        skikt.ok("snapshot create web --name two");
        let filler = fill(&skikt.path("filler"));
        image.scramble(0..1 << 20, 3);
        for command in ["snapshot create web --name next", "snapshot delete one --yes"] {
            skikt.refused(command, Code::NoSpace);
        }
        drop(filler);
        fs::remove_file(skikt.path("filler")).unwrap();
        skikt.ok("snapshot list");
        assert!(skikt.names().contains(&"two".to_owned()));
        skikt.ok("snapshot create web --name next");
        skikt.assert_exports("next", image.bytes());
        skikt.assert_whole();
    });
}

/// Fills the file system to its last byte.
fn fill(path: &Path) -> fs::File {
    let mut file = fs::File::create(path).expect("a file can be made");
    for size in [1 << 16, 1 << 12, 1] {
        while file.write(&vec![7; size]).is_ok_and(|written| written > 0) {}
    }
    file
}
