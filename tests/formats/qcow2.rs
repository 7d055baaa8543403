//! qcow2 images over others, and what of qcow2 is not read.

use std::{fs, os::unix::fs::FileExt as _, path::Path};

use engine::BlockSource as _;
use harness::{
    qemu::{qemu_img, qemu_io},
    seeded::Seeded,
};

use crate::look::{assert_same, bytes, data, open};

const SIZE: usize = (8 << 20) + 512;

/// A base in a format, and a child that was written to, cleared and grown.
fn chain(folder: &Path, format: &str, options: &str) {
    fs::write(folder.join("raw.img"), Seeded::new(1).bytes(SIZE)).unwrap();
    qemu_img(folder, &format!("convert -f raw -O {format} {options} raw.img base.img"));
    qemu_img(folder, &format!("create -f qcow2 -b base.img -F {format} middle.img"));
    qemu_img(folder, "create -f qcow2 -o cluster_size=4k -b middle.img -F qcow2 top.img 9M");
    qemu_io(folder, "qcow2", "middle.img", "write -P 1 64k 100k");
    qemu_io(folder, "qcow2", "middle.img", "write -z 1M 1M");
    qemu_io(folder, "qcow2", "top.img", "write -P 2 100k 3k");
    qemu_io(folder, "qcow2", "top.img", "write -P 3 8M 600k");
    qemu_img(folder, "convert -f qcow2 -O raw top.img read.img");
}

#[test]
fn a_chain_reads_as_qemu_reads_it() {
    for (format, options) in
        [("raw", ""), ("qcow2", "-c"), ("vpc", "-o force_size=on"), ("vhdx", ""), ("vmdk", "")]
    {
        let folder = tempfile::tempdir().unwrap();
        chain(folder.path(), format, options);
        let source = open(&folder.path().join("top.img")).unwrap();
        let wanted = fs::read(folder.path().join("read.img")).unwrap();
        assert_same(format, &bytes(&source), &wanted);
        // What was cleared in the middle is not read from below.
        let found = data(&source);
        assert!(found.iter().all(|it| it.end <= 1 << 20 || it.start >= 2 << 20), "{found:?}");
        assert!(source.paths().count() >= 3);
    }
}

/// An image that must be refused with words.
fn refused(create: &str, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.img"), vec![1; 65536]).unwrap();
    qemu_img(folder.path(), create);
    let refused = open(&folder.path().join("x.img")).unwrap_err();
    let code = engine::Error::from(refused).problem();
    assert_eq!(code.code, shared::Code::SourceFormat, "{code:?}");
    assert!(code.detail.contains(words), "{}", code.detail);
    assert!(code.help.unwrap().contains("qemu-img convert"));
}

#[test]
fn what_is_not_read_is_refused_in_words() {
    let secret = "create --object secret,id=s,data=abc -f qcow2 -o encrypt.format";
    refused(
        &format!("{secret}=luks,encrypt.key-secret=s,encrypt.iter-time=10 x.img 1M"),
        "encrypted",
    );
    refused("create -f qcow2 -o extended_l2=on x.img 1M", "extended L2");
    refused("create -f qcow2 -o compression_type=zstd x.img 1M", "deflate");
    refused("create -f qcow2 -o data_file=d.img x.img 1M", "another file");
    refused("create -f qcow2 -u -b nbd://host/disk -F raw x.img 1M", "no path");
    refused("create -f qcow2 -u -b base.img -F vdi x.img 1M", "format vdi");
}

#[test]
fn a_backing_file_without_a_format_is_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.img"), vec![1; 65536]).unwrap();
    qemu_img(folder.path(), "create -f qcow2 -b base.img -F raw x.img");
    let image = folder.path().join("x.img");
    assert_same("x", &bytes(&open(&image).unwrap()), &vec![1; 65536]);
    // The extension that says the format becomes one that nobody knows.
    let head = fs::read(&image).unwrap();
    let kind = head.windows(4).position(|it| it == b"\xe2\x79\x2a\xca").unwrap();
    let file = fs::File::options().write(true).open(&image).unwrap();
    file.write_all_at(&[9; 4], kind as u64).unwrap();
    let refused = open(&image).unwrap_err().to_string();
    assert!(refused.contains("qemu-img rebase"), "{refused}");
}

#[test]
fn a_file_that_ends_too_early_is_an_error_and_never_zeros() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("raw.img"), Seeded::new(1).bytes(1 << 20)).unwrap();
    qemu_img(folder.path(), "convert -f raw -O qcow2 raw.img x.img");
    let image = folder.path().join("x.img");
    let length = fs::metadata(&image).unwrap().len();
    fs::File::options().write(true).open(&image).unwrap().set_len(length - 65536).unwrap();
    let source = open(&image).unwrap();
    let mut disk = vec![0; 1 << 20];
    let refused = source.read_at(0, &mut disk).unwrap_err().to_string();
    assert!(refused.contains("L2 entry"), "{refused}");
}
