//! Images with bytes that somebody changed: each is an error or bytes, and neither a panic, nor a
//! hang, nor memory by a number that was read.

use std::{
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt as _,
    path::Path,
    time::{Duration, Instant},
};

use engine::{Reach, SourceError};
use harness::{
    qemu::{qemu_img, qemu_io},
    seeded::Seeded,
};

use crate::{
    made::{vhd, vhdx},
    vhdx as sample,
    vhdx_log::{LOG, Write, entry, place},
};

/// How often each image is changed.
const ROUNDS: u64 = 2000;

/// What may be reserved on top of what was; a number that is read and believed is far more.
const MOST: u64 = 1 << 30;

/// Far more than any round takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn walk(path: &Path) -> Result<(), SourceError> {
    fuzz::walk(path, &Reach::Anywhere, 1 << 20)
}

/// Changes bytes of an image, most of them where its tables are, and changes them back.
fn mutate(path: &Path, tables: &[Range<usize>]) {
    walk(path).unwrap();
    let (seeded, whole) = (Seeded::new(7), fs::read(path).unwrap());
    let before = reserved();
    for round in 0..ROUNDS {
        // Opened anew, or its time of change would be the image's.
        let file = File::options().write(true).open(path).unwrap();
        let mut changed = Vec::new();
        for _ in 0..=seeded.below(3) {
            let table = &tables[seeded.below(tables.len() as u64) as usize];
            let table = if seeded.below(8) == 0 { 0..whole.len() } else { table.clone() };
            let at = table.start + seeded.below((table.end - table.start) as u64) as usize;
            let value = match seeded.below(4) {
                0 => 0,
                1 => 0xff,
                2 => whole[at] ^ 1 << seeded.below(8),
                _ => seeded.next() as u8,
            };
            file.write_all_at(&[value], at as u64).unwrap();
            changed.push(at);
        }
        drop(file);
        let began = Instant::now();
        // An error is as good as bytes; what may not be is a panic.
        drop(walk(path));
        assert!(began.elapsed() < PATIENCE, "round {round} of {}: {changed:?}", path.display());
        let file = File::options().write(true).open(path).unwrap();
        for at in changed {
            file.write_all_at(&whole[at..=at], at as u64).unwrap();
        }
    }
    let grown = reserved().saturating_sub(before);
    assert!(grown < MOST, "{} made {grown} bytes be reserved", path.display());
    walk(path).unwrap();
}

/// The most memory that this process ever had reserved, in bytes.
fn reserved() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
}

#[test]
fn vhd() {
    let folder = tempfile::tempdir().unwrap();
    let written = (0..300).step_by(7).map(|sector| (sector, [3; 512])).collect();
    let base = vhd::Vhd { size: 1 << 20, id: [1; 16], written, parent: None };
    let parent = vhd::Parent { id: [1; 16], stamp: 0, relative: "base.vhd", absolute: "base.vhd" };
    let written = (0..300).step_by(11).map(|sector| (sector, [4; 512])).collect();
    let child = vhd::Vhd { size: 1 << 20, id: [2; 16], written, parent: Some(parent) };
    fs::write(folder.path().join("base.vhd"), base.bytes()).unwrap();
    fs::write(folder.path().join("child.vhd"), child.bytes()).unwrap();
    // Checksums stop most changes of footer and header; those of the table go through.
    mutate(&folder.path().join("base.vhd"), &[0..1536, 1536..2048, 1536..2048]);
    mutate(&folder.path().join("child.vhd"), &[0..1536, 1536..3072]);
}

#[test]
fn vhd_with_its_sums_made_right_again() {
    let folder = tempfile::tempdir().unwrap();
    let written = (0..300).step_by(7).map(|sector| (sector, [3; 512])).collect();
    let parent = vhd::Parent { id: [1; 16], stamp: 0, relative: "base.vhd", absolute: "base.vhd" };
    let base = vhd::Vhd { size: 1 << 20, id: [1; 16], written, parent: None };
    fs::write(folder.path().join("base.vhd"), base.bytes()).unwrap();
    let child = vhd::Vhd { id: [2; 16], parent: Some(parent), ..base };
    let whole = child.bytes();
    let (image, seeded) = (folder.path().join("child.vhd"), Seeded::new(3));
    let before = reserved();
    for _ in 0..ROUNDS {
        let mut bytes = whole.clone();
        let end = bytes.len() - 512;
        for _ in 0..=seeded.below(2) {
            let at = seeded.below(1536) as usize;
            bytes[at] = if seeded.below(2) == 0 { 0xff } else { seeded.next() as u8 };
        }
        let sum = vhd::checksum(&bytes[..512], 64);
        crate::made::put(&mut bytes, 64, &crate::made::be32(sum));
        let sum = vhd::checksum(&bytes[512..1536], 36);
        crate::made::put(&mut bytes, 512 + 36, &crate::made::be32(sum));
        bytes.copy_within(..512, end);
        fs::write(&image, &bytes).unwrap();
        let began = Instant::now();
        drop(walk(&image));
        assert!(began.elapsed() < PATIENCE);
    }
    assert!(reserved().saturating_sub(before) < MOST);
}

#[test]
fn vhdx() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.vhdx");
    fs::write(&image, sample::base(512).bytes()).unwrap();
    let metadata = vhdx::METADATA_AT;
    mutate(
        &image,
        &[
            64 << 10..68 << 10,
            128 << 10..132 << 10,
            vhdx::BAT_AT..vhdx::BAT_AT + 64,
            metadata..metadata + 160,
            metadata + (64 << 10)..metadata + (64 << 10) + 8,
            metadata + (68 << 10)..metadata + (68 << 10) + 8,
            metadata + (72 << 10)..metadata + (72 << 10) + 4,
        ],
    );
}

#[test]
fn vhdx_with_its_sums_made_right_again() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.vhdx");
    let mut sample = sample::base(512);
    sample.log = Some((5, vec![0; vhdx::MIB]));
    let whole = sample.bytes();
    let seeded = Seeded::new(4);
    let before = reserved();
    fs::write(&image, &whole).unwrap();
    for _ in 0..ROUNDS {
        let mut head = whole[..512 << 10].to_vec();
        for (at, length, used) in [
            (64 << 10, 4096, 80),
            (128 << 10, 4096, 80),
            (192 << 10, 65536, 80),
            (256 << 10, 65536, 80),
        ] {
            if seeded.below(2) == 0 {
                let byte = at + seeded.below(used) as usize;
                head[byte] = if seeded.below(2) == 0 { 0 } else { seeded.next() as u8 };
            }
            vhdx::sum_up(&mut head[at..at + length]);
        }
        let file = File::options().write(true).open(&image).unwrap();
        file.write_all_at(&head, 0).unwrap();
        drop(file);
        let began = Instant::now();
        drop(walk(&image));
        assert!(began.elapsed() < PATIENCE);
    }
    assert!(reserved().saturating_sub(before) < MOST);
}

#[test]
fn a_log_with_its_sums_made_right_again() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.vhdx");
    let file = sample::base(512).bytes().len() as u64;
    let writes = [
        Write::Data(4 << 20, vec![7; 4096]),
        Write::Zeros(5 << 20, 8192),
        Write::Data(5 << 20, vec![8; 4096]),
    ];
    let first = entry(7, 0, file, &writes);
    let second = entry(8, 0, file, &writes[..1]);
    let mut ring = vec![0; vhdx::MIB];
    place(&mut ring, 0, &first);
    place(&mut ring, first.len(), &second);
    let mut sample = sample::base(512);
    sample.log = Some((LOG, ring));
    fs::write(&image, sample.bytes()).unwrap();
    walk(&image).unwrap();
    let (seeded, before) = (Seeded::new(6), reserved());
    for _ in 0..ROUNDS {
        let mut entries = [first.clone(), second.clone()];
        let changed = &mut entries[seeded.below(2) as usize];
        for _ in 0..=seeded.below(2) {
            let at = 8 + seeded.below(160) as usize;
            changed[at] = match seeded.below(3) {
                0 => 0xff,
                1 => changed[at] ^ 1 << seeded.below(8),
                _ => seeded.next() as u8,
            };
        }
        vhdx::sum_up(changed);
        let file = File::options().write(true).open(&image).unwrap();
        file.write_all_at(&entries.concat(), vhdx::LOG_AT as u64).unwrap();
        drop(file);
        let began = Instant::now();
        drop(walk(&image));
        assert!(began.elapsed() < PATIENCE);
    }
    assert!(reserved().saturating_sub(before) < MOST);
}

/// An image that QEMU makes, with some of all that its format has.
fn made_by_qemu(format: &str, convert: &str, tables: &[Range<usize>]) {
    let folder = tempfile::tempdir().unwrap();
    let mut raw = vec![0; 1 << 20];
    raw[..200_000].copy_from_slice(&Seeded::new(1).bytes(200_000));
    raw[700_000..900_000].fill(5);
    fs::write(folder.path().join("raw.img"), raw).unwrap();
    qemu_img(folder.path(), &format!("convert -f raw -O {format} {convert} raw.img x.img"));
    if format == "qcow2" {
        qemu_io(folder.path(), format, "x.img", "write -P 9 300k 10k");
        qemu_io(folder.path(), format, "x.img", "write -z 512k 64k");
    }
    let length = fs::metadata(folder.path().join("x.img")).unwrap().len() as usize;
    let tables: Vec<_> = tables.iter().map(|it| it.start..it.end.min(length)).collect();
    mutate(&folder.path().join("x.img"), &tables);
}

#[test]
fn qcow2() {
    // Header; L1 and L2 tables, which QEMU puts after the refcounts.
    made_by_qemu("qcow2", "-o cluster_size=4k", &[0..112, 0..600, 12288..12400, 16384..20480]);
    made_by_qemu("qcow2", "-c", &[0..112, 196_608..196_700, 262_144..262_300, 327_680..420_000]);
}

#[test]
fn vmdk() {
    made_by_qemu("vmdk", "-o subformat=monolithicSparse", &[0..80, 512..1024, 10_240..80_000]);
    made_by_qemu("vmdk", "-o subformat=streamOptimized", &[0..80, 512..1024, 10_240..80_000]);
    made_by_qemu("vmdk", "-o subformat=monolithicFlat", &[0..400, 0..100]);
}
