//! What qemu-img converts from a raw image reads as that raw image.

use std::{fs, path::Path};

use engine::BlockSource as _;
use harness::{
    qemu::{qemu_img, qemu_io},
    seeded::Seeded,
};
use shared::DiskFormat;

use crate::look::{assert_same, bytes, data, open};

/// Disks: of odd sizes, empty, full, sparse.
fn raw_disks() -> Vec<(&'static str, Vec<u8>)> {
    let random = |seed, length| Seeded::new(seed).bytes(length);
    let mut sparse = vec![0; 12 << 20];
    for (number, at) in [0, 3 << 20, (9 << 20) - 512, 11 << 20].into_iter().enumerate() {
        sparse[at..at + 70_000].copy_from_slice(&random(number as u64, 70_000));
    }
    let last = sparse.len() - 512;
    sparse[last..].fill(7);
    let mut tail = vec![0; (2 << 20) + 1536];
    tail[2 << 20..].fill(9);
    vec![
        ("sector", random(1, 512)),
        ("empty", vec![0; 3 << 20]),
        ("full", random(2, (5 << 20) + 512)),
        ("sparse", sparse),
        ("tail", tail),
    ]
}

/// Converts every disk, and reads it back through the image.
fn converts(format: DiskFormat, qemu: &str, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for (name, raw) in raw_disks() {
        fs::write(folder.path().join("raw.img"), &raw).unwrap();
        for (number, options) in options.iter().enumerate() {
            let image = format!("{name}{number}.{qemu}");
            qemu_img(folder.path(), &format!("convert -f raw -O {qemu} {options} raw.img {image}"));
            let source = open(&folder.path().join(&image)).unwrap();
            let what = format!("{name} as {qemu} {options}");
            assert_eq!(source.format(), format, "{what}");
            assert_same(&what, &bytes(&source), &raw);
            let sparse = !options.contains("fixed") && !options.contains("Flat");
            if name == "empty" && sparse && !options.contains("preallocation") {
                assert_eq!(data(&source), [], "{what}");
            }
        }
    }
}

#[test]
fn vhd() {
    let fixed = "-o subformat=fixed,force_size=on";
    converts(DiskFormat::Vhd, "vpc", &["-o subformat=dynamic,force_size=on", fixed]);
}

#[test]
fn a_vhd_that_was_rounded_up_to_a_geometry_ends_in_zeros() {
    let folder = tempfile::tempdir().unwrap();
    let raw = Seeded::new(5).bytes(1 << 20);
    fs::write(folder.path().join("raw.img"), &raw).unwrap();
    for subformat in ["dynamic", "fixed"] {
        let convert = format!("convert -f raw -O vpc -o subformat={subformat} raw.img x.vhd");
        qemu_img(folder.path(), &convert);
        let read = bytes(&open(&folder.path().join("x.vhd")).unwrap());
        assert!(read.len() > raw.len());
        assert_same(subformat, &read[..raw.len()], &raw);
        assert!(read[raw.len()..].iter().all(|&byte| byte == 0));
    }
}

#[test]
fn vhdx() {
    converts(
        DiskFormat::Vhdx,
        "vhdx",
        &[
            "-o subformat=dynamic",
            "-o subformat=fixed",
            "-o subformat=dynamic,block_size=1M",
            "-o subformat=dynamic,block_size=1M,block_state_zero=off",
            "-o subformat=dynamic,block_size=32M,log_size=2M",
        ],
    );
}

#[test]
fn qcow2() {
    converts(
        DiskFormat::Qcow2,
        "qcow2",
        &[
            "-o cluster_size=512",
            "-o cluster_size=4k",
            "-o compat=0.10",
            "-o cluster_size=2M",
            "-o preallocation=metadata",
            "-o preallocation=falloc",
            "-o lazy_refcounts=on,refcount_bits=1",
            "-c",
            "-c -o cluster_size=4k",
            "-c -o compat=0.10,cluster_size=2M",
        ],
    );
}

#[test]
fn vmdk() {
    converts(
        DiskFormat::Vmdk,
        "vmdk",
        &[
            "-o subformat=monolithicSparse",
            "-o subformat=monolithicFlat",
            "-o subformat=twoGbMaxExtentSparse",
            "-o subformat=twoGbMaxExtentFlat",
            "-o subformat=streamOptimized",
            "-o subformat=monolithicSparse,zeroed_grain=on",
        ],
    );
}

/// A huge disk of which two places were written.
fn huge(folder: &Path, format: &str, size: u64, slack: u64) {
    qemu_img(folder, &format!("create -f {format} huge.img {size}"));
    let middle = size / 2 + (1 << 20);
    for at in [middle, size - 65536] {
        qemu_io(folder, format, "huge.img", &format!("write -P 0x5a {at} 64k"));
    }
    let source = open(&folder.join("huge.img")).unwrap();
    assert_eq!(source.size().bytes(), size, "{format}");
    let found = data(&source);
    let sum: u64 = found.iter().map(|range| range.end - range.start).sum();
    assert!(sum <= 2 * slack, "{format}: {sum} bytes may hold data, in {found:?}");
    for at in [middle, size - 65536] {
        let mut piece = vec![0; 65536];
        source.read_at(at, &mut piece).unwrap();
        assert!(piece.iter().all(|&byte| byte == 0x5a), "{format} at {at}");
        source.read_at(at - 65536, &mut piece).unwrap();
        assert!(piece.iter().all(|&byte| byte == 0), "{format} before {at}");
    }
    fs::remove_file(folder.join("huge.img")).unwrap();
}

#[test]
fn of_a_huge_sparse_disk_only_what_was_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    huge(folder.path(), "qcow2", 32 << 40, 64 << 10);
    huge(folder.path(), "vhdx", 2 << 40, 64 << 20);
    huge(folder.path(), "vmdk", 2 << 40, 64 << 10);
    // The most that QEMU's geometry allows.
    huge(folder.path(), "vpc", 65535 * 16 * 255 * 512, 2 << 20);
}
