//! Exports: whole disks, under their names only when they are whole.

use std::{fs, os::unix::fs::MetadataExt as _, process::Command};

use harness::{
    cli::Skikt,
    image::{Image, assert_same},
    qemu::qemu_img,
};
use shared::{Code, ExportFormat};

/// A disk `web` with a snapshot `kept`.
fn kept(size: u64) -> (Skikt, Image) {
    let (skikt, image) = Skikt::with_disk(size);
    skikt.ok("snapshot create web --name kept");
    (skikt, image)
}

#[test]
fn a_raw_export_is_the_disk_byte_for_byte() {
    let (skikt, mut image) = kept((1 << 20) + 512);
    let before = image.bytes().to_owned();
    image.scramble(0..4096, 9);
    let written = skikt.json("export kept out.img");
    assert_eq!(written["length_bytes"], (1 << 20) + 512);
    assert_same(&skikt.read("out.img"), &before, "the export");
    assert!(!skikt.path("out.img.partial").exists());
}

#[test]
fn holes_stay_holes() {
    let skikt = Skikt::new();
    let mut image = Image::new(&skikt.path("web.img"), 64 << 20);
    image.scramble(32 << 20..(32 << 20) + 4096, 1);
    skikt.ok("disk attach web web.img");
    skikt.ok("snapshot create web --name kept");
    skikt.ok("export kept out.img");
    assert_same(&skikt.read("out.img"), image.bytes(), "the export");
    let stored = skikt.path("out.img").metadata().unwrap().blocks() * 512;
    assert!(stored < 4 << 20, "{stored} bytes for 4096");
}

#[test]
fn a_vhd_holds_the_same_disk_for_qemu() {
    let (skikt, image) = kept(10 << 20);
    skikt.ok("export kept out.vhd --format vhd");
    assert_eq!(skikt.path("out.vhd").metadata().unwrap().len(), (10 << 20) + 512);
    let mut compare = Command::new("qemu-img");
    compare.args(["compare", "-f", "raw", "-F", "vpc"]);
    compare.arg(image.path()).arg(skikt.path("out.vhd"));
    let compared = compare.output().expect("qemu-img is installed: `cargo xtask setup` does it");
    let said = String::from_utf8_lossy(&compared.stdout);
    assert!(compared.status.success(), "{said}{}", String::from_utf8_lossy(&compared.stderr));
    assert!(said.contains("Images are identical"), "{said}");
}

#[test]
fn a_format_is_asked_for_by_name_or_by_the_files_name() {
    let (skikt, image) = kept((3 << 20) + 512);
    for (arguments, file, format, magic) in [
        ("out.vhd", "out.vhd", "vpc", Some((image.bytes().len(), "conectix"))),
        ("out.VHD", "out.VHD", "vpc", Some((image.bytes().len(), "conectix"))),
        ("out.vhdx", "out.vhdx", "vhdx", Some((0, "vhdxfile"))),
        ("out.qcow2", "out.qcow2", "qcow2", Some((0, "QFI\u{fb}"))),
        ("out.img", "out.img", "raw", None),
        ("out.raw", "out.raw", "raw", None),
        ("out", "out", "raw", None),
        ("out.vhd.old", "out.vhd.old", "raw", None),
        ("vhd", "vhd", "raw", None),
        ("one.img --format vhd-dynamic", "one.img", "vpc", Some((0, "conectix"))),
        ("two.vhd --format raw", "two.vhd", "raw", None),
    ] {
        skikt.ok(&format!("export kept {arguments}"));
        let bytes = skikt.read(file);
        match magic {
            Some((at, magic)) => {
                let magic: Vec<u8> = magic.chars().map(|letter| letter as u8).collect();
                assert!(bytes[at..].starts_with(&magic), "{arguments}");
            }
            None => assert_same(&bytes, image.bytes(), arguments),
        }
        let folder = image.path().parent().unwrap();
        qemu_img(folder, &format!("compare -f raw -F {format} web.img {file}"));
    }
    let ran = skikt.run("export kept out.iso --format iso");
    assert_eq!(ran.code, Some(2));
    for format in ExportFormat::ALL {
        assert!(ran.stderr.contains(format.as_str()), "{}", ran.stderr);
    }
    assert!(!skikt.path("out.iso").exists());
}

#[test]
fn a_disk_that_a_format_does_not_hold_is_refused() {
    let skikt = Skikt::new();
    fs::File::create(skikt.path("web.img")).unwrap().set_len(3 << 40).unwrap();
    skikt.ok("disk attach web web.img");
    skikt.ok("snapshot create web --name kept");
    for format in ["vhd", "vhd-dynamic"] {
        let problem =
            skikt.refused(&format!("export kept out --format {format}"), Code::FormatTooSmall);
        assert!(problem.help.is_some_and(|help| help.contains("qcow2")));
        assert!(!skikt.path("out").exists() && !skikt.path("out.partial").exists());
    }
    skikt.ok("export kept out.vhdx");
}

#[test]
fn an_export_takes_the_place_of_a_file() {
    let (skikt, image) = kept(1 << 20);
    fs::write(skikt.path("out.img"), "old").unwrap();
    fs::write(skikt.path("out.img.partial"), "left by a crash").unwrap();
    skikt.ok("export kept out.img");
    assert_same(&skikt.read("out.img"), image.bytes(), "the export");
    assert!(!skikt.path("out.img.partial").exists());
}

#[test]
fn an_attached_image_is_not_written_over() {
    let (skikt, image) = kept(1 << 20);
    std::os::unix::fs::symlink("web.img", skikt.path("link.img")).unwrap();
    fs::hard_link(image.path(), skikt.path("hard.img")).unwrap();
    for file in ["web.img", "link.img", "hard.img"] {
        skikt.refused(&format!("export kept {file}"), Code::OutputFailed);
        assert!(!skikt.path(&format!("{file}.partial")).exists());
    }
    assert_same(&skikt.read("web.img"), image.bytes(), "the image");
}

#[test]
fn an_attached_image_is_no_partial_file() {
    let (skikt, _image) = kept(1 << 20);
    let other = skikt.random_image("out.img.partial", 1 << 20);
    skikt.ok("disk attach other out.img.partial");
    skikt.refused("export kept out.img", Code::OutputFailed);
    assert_same(&skikt.read("out.img.partial"), other.bytes(), "the image");
}

#[test]
fn a_pipe_is_no_partial_file() {
    let (skikt, _image) = kept(1 << 20);
    let fifo = skikt.path("out.img.partial");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    skikt.refused("export kept out.img", Code::OutputFailed);
    assert!(fifo.exists());
}

#[test]
fn a_folder_is_not_written_over() {
    let (skikt, _image) = kept(1 << 20);
    fs::create_dir(skikt.path("folder")).unwrap();
    skikt.refused("export kept folder", Code::OutputFailed);
    assert!(skikt.path("folder").is_dir());
    assert!(!skikt.path("folder.partial").exists());
}

#[test]
fn an_export_into_a_missing_folder_is_refused() {
    let (skikt, _image) = kept(1 << 20);
    skikt.refused("export kept gone/out.img", Code::OutputFailed);
    assert!(!skikt.path("gone").exists());
}

#[test]
fn a_snapshot_that_is_not_there_is_not_exported() {
    let (skikt, _image) = kept(1 << 20);
    skikt.refused("export gone out.img", Code::SnapshotNotFound);
    assert!(!skikt.path("out.img").exists());
    assert!(!skikt.path("out.img.partial").exists());
}
