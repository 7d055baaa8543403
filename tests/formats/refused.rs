//! Files that only begin or end like an image are refused by the field that is wrong.

use std::fs;

use shared::Code;

use crate::look::open;

fn refused(bytes: &[u8], code: Code, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.img");
    fs::write(&image, bytes).unwrap();
    let problem = engine::Error::from(open(&image).unwrap_err()).problem();
    assert_eq!(problem.code, code, "{problem:?}");
    assert!(problem.detail.contains(words), "{problem:?}");
    assert!(problem.help.is_some(), "{problem:?}");
}

fn starting(magic: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length.max(magic.len())];
    bytes[..magic.len()].copy_from_slice(magic);
    bytes
}

#[test]
fn what_only_begins_like_an_image_is_refused_by_its_first_wrong_field() {
    let malformed = Code::SourceMalformed;
    for length in [8, 512, 4096, 1 << 20, 3 << 20] {
        refused(&starting(b"conectix", length), malformed, "footer");
        refused(&starting(b"vhdxfile", length), malformed, "header");
        refused(&starting(b"QFI\xfb\0\0\0\x03", length), malformed, "");
        refused(&starting(b"KDMV", length), malformed, "");
        refused(&starting(b"# Disk DescriptorFile\n", length), malformed, "descriptor");
    }
    let mut vhd = vec![0; 1 << 20];
    let end = vhd.len() - 512;
    vhd[end..end + 8].copy_from_slice(b"conectix");
    refused(&vhd, malformed, "footer checksum");
}

#[test]
fn formats_that_are_not_read_are_named() {
    let mut vdi = vec![0; 4096];
    vdi[0x40..0x44].copy_from_slice(b"\x7f\x10\xda\xbe");
    refused(&vdi, Code::SourceFormat, "is a VDI image");
    refused(&starting(b"QED\0", 4096), Code::SourceFormat, "is a QED image");
    refused(&starting(b"WithoutFreeSpace", 4096), Code::SourceFormat, "is a Parallels image");
    refused(&starting(b"COWD", 4096), Code::SourceFormat, "ESX");
    refused(&starting(b"QFI\xfb\0\0\0\x01", 4096), Code::SourceFormat, "version 1");
}
