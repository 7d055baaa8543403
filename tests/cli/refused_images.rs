//! What is no disk image is refused when it is attached, and nothing of it stays.

use std::{fs, os::unix::net::UnixListener};

use harness::{cli::Skikt, qemu::qemu_img};
use shared::{Code, Problem};

/// Attaching `path` must fail, and leave no disk and no object.
fn refused(skikt: &Skikt, path: &str, code: Code) -> Problem {
    skikt.ok("disk list");
    let objects = skikt.objects();
    let problem = skikt.refused(&format!("disk attach web {path}"), code);
    assert!(skikt.json("disk list")["items"].as_array().expect("a list").is_empty());
    assert_eq!(skikt.objects(), objects);
    problem
}

#[test]
fn a_vdi_is_not_taken_as_raw() {
    let skikt = Skikt::new();
    skikt.random_image("raw.img", 2 << 20);
    qemu_img(&skikt.path(""), "convert -f raw -O vdi raw.img web.img");
    let problem = refused(&skikt, "web.img", Code::SourceFormat);
    assert!(problem.detail.contains("is a VDI image"), "{problem:?}");
    assert!(problem.help.expect("there is a way").contains("qemu-img convert"));
}

#[test]
fn an_empty_image_is_no_disk() {
    let skikt = Skikt::new();
    fs::write(skikt.path("web.img"), "").unwrap();
    let problem = refused(&skikt, "web.img", Code::SourceSize);
    assert!(problem.detail.contains("empty"), "{problem:?}");
}

#[test]
fn an_image_that_ends_within_a_sector_is_no_disk() {
    let skikt = Skikt::new();
    for size in [1, 511, 513, (1 << 20) + 1] {
        fs::write(skikt.path("web.img"), vec![7; size]).unwrap();
        let problem = refused(&skikt, "web.img", Code::SourceSize);
        assert!(problem.detail.contains(&size.to_string()), "{problem:?}");
        assert!(problem.help.unwrap().contains("truncate"));
    }
}

#[test]
fn one_sector_is_a_disk() {
    let skikt = Skikt::new();
    let image = skikt.random_image("web.img", 512);
    skikt.ok("disk attach web web.img");
    skikt.ok("snapshot create web --name kept");
    skikt.assert_exports("kept", image.bytes());
    skikt.assert_whole();
}

#[test]
fn a_folder_is_no_disk() {
    let skikt = Skikt::new();
    fs::create_dir(skikt.path("web.img")).unwrap();
    let problem = refused(&skikt, "web.img", Code::SourceNotADisk);
    assert!(problem.detail.contains("a directory"), "{problem:?}");
}

#[test]
fn a_pipe_is_no_disk_and_is_not_waited_for() {
    let skikt = Skikt::new();
    nix::unistd::mkfifo(&skikt.path("web.img"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let problem = refused(&skikt, "web.img", Code::SourceNotADisk);
    assert!(problem.detail.contains("a FIFO"), "{problem:?}");
}

#[test]
fn a_socket_and_a_device_are_no_disks() {
    let skikt = Skikt::new();
    let _socket = UnixListener::bind(skikt.path("web.img")).unwrap();
    refused(&skikt, "web.img", Code::SourceNotADisk);
    refused(&skikt, "/dev/zero", Code::SourceNotADisk);
}

#[test]
fn an_image_that_is_not_there_is_told() {
    let skikt = Skikt::new();
    refused(&skikt, "gone.img", Code::SourceNotFound);
    std::os::unix::fs::symlink("gone.img", skikt.path("link.img")).unwrap();
    refused(&skikt, "link.img", Code::SourceNotFound);
    refused(&skikt, "gone/web.img", Code::SourceNotFound);
}

#[test]
fn an_attached_image_is_checked_again_by_every_snapshot() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    let bytes = image.bytes().to_owned();
    for (what, code) in [
        ("gone", Code::SourceNotFound),
        ("folder", Code::SourceNotADisk),
        ("pipe", Code::SourceNotADisk),
        ("empty", Code::SourceSize),
        ("odd", Code::SourceSize),
    ] {
        let path = image.path();
        drop(fs::remove_file(path));
        drop(fs::remove_dir(path));
        match what {
            "folder" => fs::create_dir(path).unwrap(),
            "pipe" => nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
            "empty" => fs::write(path, "").unwrap(),
            "odd" => fs::write(path, "odd").unwrap(),
            _ => {}
        }
        skikt.refused("snapshot create web --name next", code);
        assert_eq!(skikt.names(), ["kept"], "{what}");
    }
    fs::write(image.path(), &bytes).unwrap();
    skikt.ok("snapshot create web --name next");
    skikt.assert_exports("next", &bytes);
    skikt.assert_whole();
}

#[test]
fn an_image_that_a_link_took_the_place_of_is_not_followed() {
    let (skikt, _image) = Skikt::with_disk(1 << 20);
    skikt.random_image("secret.img", 1 << 20);
    fs::remove_file(skikt.path("web.img")).unwrap();
    std::os::unix::fs::symlink(skikt.path("secret.img"), skikt.path("web.img")).unwrap();
    let problem = skikt.refused("snapshot create web --name stolen", Code::PathNotAllowed);
    assert!(problem.detail.contains("secret.img"), "{}", problem.detail);
    assert_eq!(skikt.names(), [""; 0]);
}
