//! Images of every format attached as disks, by the program itself.

use std::fs;

use harness::{
    cli::Skikt,
    qemu::{qemu_img, qemu_io},
};
use shared::Code;

use crate::look::assert_same;

#[test]
fn every_format_is_attached_shown_and_kept() {
    for (format, options, shown) in [
        ("vpc", "-o subformat=dynamic,force_size=on", "vhd"),
        ("vpc", "-o subformat=fixed,force_size=on", "vhd"),
        ("vhdx", "", "vhdx"),
        ("qcow2", "-c", "qcow2"),
        ("vmdk", "", "vmdk"),
        ("vmdk", "-o subformat=monolithicFlat", "vmdk"),
    ] {
        let skikt = Skikt::new();
        let raw = skikt.random_image("raw.img", (3 << 20) + 512);
        let folder = raw.path().parent().unwrap();
        qemu_img(folder, &format!("convert -f raw -O {format} {options} raw.img web.img"));
        skikt.ok("disk attach web web.img");
        let disk = skikt.json("disk show web");
        assert_eq!(disk["source"]["format"], shown, "{disk}");
        assert_eq!(disk["size_bytes"], (3 << 20) + 512, "{disk}");
        skikt.ok("snapshot create web --name one");
        skikt.assert_exports("one", raw.bytes());
        // Another snapshot of the same bytes stores nothing.
        skikt.ok("snapshot create web --name two");
        assert_eq!(skikt.json("snapshot show two")["changed_bytes"], 0);
        if format == "qcow2" {
            qemu_io(folder, format, "web.img", "write -P 7 1M 4k");
            skikt.ok("snapshot create web --name three");
            assert_eq!(skikt.json("snapshot show three")["changed_bytes"], 4096);
            let mut wanted = raw.bytes().to_vec();
            wanted[1 << 20..(1 << 20) + 4096].fill(7);
            skikt.assert_exports("three", &wanted);
        }
        skikt.assert_whole();
    }
}

#[test]
fn an_own_export_can_be_attached_again() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.ok("snapshot create web --name kept");
    skikt.ok("export kept out.vhd --format vhd");
    skikt.ok("disk attach again out.vhd");
    skikt.ok("snapshot create again --name second");
    skikt.assert_exports("second", image.bytes());
}

#[test]
fn an_export_does_not_write_over_what_an_image_builds_on() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    skikt.random_image("base.img", 1 << 20);
    qemu_img(image.path().parent().unwrap(), "create -f qcow2 -b base.img -F raw child.img");
    skikt.ok("disk attach child child.img");
    skikt.ok("snapshot create web --name kept");
    let problem = skikt.refused("export kept base.img", Code::OutputFailed);
    assert!(problem.detail.contains("what the image of disk child builds on"), "{problem:?}");
}

/// A guest owns every byte of a raw disk, the first ones too.
#[test]
fn a_raw_disk_stays_raw_whatever_a_guest_writes_into_it() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    fs::write(skikt.path("secret.img"), vec![7; 65536]).unwrap();
    let folder = image.path().parent().unwrap();
    qemu_img(folder, "create -f qcow2 -b secret.img -F raw bait.img");
    let mut bytes = fs::read(skikt.path("bait.img")).unwrap();
    bytes.resize(1 << 20, 0);
    fs::write(image.path(), &bytes).unwrap();
    skikt.ok("snapshot create web --name kept");
    skikt.ok("export kept out.img");
    assert_same("the disk", &skikt.read("out.img"), &bytes);
}

#[test]
fn a_disk_whose_parent_is_gone_is_refused_and_whole_again_with_it() {
    let skikt = Skikt::new();
    let raw = skikt.random_image("base.img", 1 << 20);
    let folder = raw.path().parent().unwrap();
    qemu_img(folder, "create -f qcow2 -b base.img -F raw web.img");
    skikt.ok("disk attach web web.img");
    fs::rename(raw.path(), skikt.path("away.img")).unwrap();
    let problem = skikt.refused("snapshot create web --name kept", Code::SourceParent);
    assert!(problem.detail.contains("base.img"), "{problem:?}");
    fs::rename(skikt.path("away.img"), raw.path()).unwrap();
    skikt.ok("snapshot create web --name kept");
    skikt.assert_exports("kept", raw.bytes());
}
