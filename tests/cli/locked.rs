//! An image that somebody has open to write makes no snapshot, unless that is allowed.

use std::fs::{File, OpenOptions};

use harness::{cli::Skikt, image::Image};
use nix::{
    fcntl::{FcntlArg, fcntl},
    libc,
};
use shared::{Code, Consistency};

/// A snapshot is refused while `lock` is held, taken fuzzily on request, and exactly afterwards.
fn refused_while(lock: impl FnOnce(&Image) -> File, words: &str) {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let held = lock(&image);
    let problem = skikt.refused("snapshot create web --name next", Code::SourceChanged);
    assert!(problem.detail.contains(words), "{problem:?}");
    assert!(skikt.snapshots().is_empty());
    skikt.assert_whole();
    skikt.ok("snapshot create web --name fuzzy --allow-changing");
    drop(held);
    skikt.ok("snapshot create web --name next");
    let consistency: Vec<_> = skikt.snapshots().iter().map(|it| it.consistency).collect();
    assert_eq!(consistency, [Consistency::Fuzzy, Consistency::Exact]);
    skikt.assert_exports("next", image.bytes());
}

fn open(image: &Image) -> File {
    let file = OpenOptions::new().read(true).write(true).open(image.path());
    file.expect("an image can be opened")
}

/// A read lock on bytes of the open file, as QEMU takes one for each permission it has.
fn lock_byte(file: &File, byte: i64) {
    let lock = libc::flock {
        l_type: libc::F_RDLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_OFD_SETLK(&lock)).expect("the byte can be locked");
}

#[test]
fn an_image_under_a_writers_lock_is_refused() {
    let lock = |image: &Image| {
        let file = open(image);
        file.lock().expect("nobody else has it");
        file
    };
    refused_while(lock, "a writer's lock");
}

#[test]
fn an_image_that_a_virtual_machine_writes_is_refused() {
    let lock = |image: &Image| {
        let file = open(image);
        lock_byte(&file, 101);
        file
    };
    refused_while(lock, "a virtual machine");
}

#[test]
fn an_image_that_a_virtual_machine_only_reads_is_taken() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let file = open(&image);
    // Consistent reads are permission 0.
    lock_byte(&file, 100);
    skikt.ok("snapshot create web --name kept");
    assert_eq!(skikt.snapshots()[0].consistency, Consistency::Exact);
}

#[test]
fn an_image_under_a_readers_lock_is_taken() {
    let (skikt, image) = Skikt::with_disk(1 << 20);
    let file = open(&image);
    file.lock_shared().unwrap();
    skikt.ok("snapshot create web --name kept");
    assert_eq!(skikt.snapshots()[0].consistency, Consistency::Exact);
}
