//! VHDs made by the book: bitmaps, parents, footers.

use std::{collections::BTreeMap, fs, path::Path};

use engine::SourceError;
use harness::seeded::Seeded;

use crate::{
    look::{assert_same, bytes, data, open},
    made::{
        be32, put,
        vhd::{BLOCK, Parent, Vhd, checksum},
    },
};

/// Seconds from 1970 to 2000.
const EPOCH: i64 = 946_684_800;

const SIZE: u64 = 5 * BLOCK as u64 + 1024;

fn sectors(seed: u64, numbers: &[u64]) -> BTreeMap<u64, [u8; 512]> {
    let seeded = Seeded::new(seed);
    numbers.iter().map(|&it| (it, seeded.bytes(512).try_into().unwrap())).collect()
}

fn base() -> Vhd {
    let written = sectors(1, &[0, 1, 2, 63, 64, 130, 320, 321]);
    Vhd { size: SIZE, id: [1; 16], written, parent: None }
}

fn child(id: u8, seed: u64, numbers: &[u64], relative: &'static str) -> Vhd {
    let absolute = r"C:\vms\base.vhd";
    let parent = Some(Parent { id: [id - 1; 16], stamp: 0, relative, absolute });
    Vhd { size: SIZE, id: [id; 16], written: sectors(seed, numbers), parent }
}

/// What a chain reads as, the image itself first.
fn content(chain: &[&Vhd]) -> Vec<u8> {
    let mut bytes = vec![0; SIZE as usize];
    for vhd in chain.iter().rev() {
        for (&sector, data) in &vhd.written {
            put(&mut bytes, sector as usize * 512, data);
        }
    }
    bytes
}

fn write(folder: &Path, name: &str, vhd: &Vhd) {
    fs::write(folder.join(name), vhd.bytes()).unwrap();
}

#[test]
fn of_a_block_only_sectors_that_were_written_are_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "base.vhd", &base());
    let source = open(&folder.path().join("base.vhd")).unwrap();
    assert_same("base", &bytes(&source), &content(&[&base()]));
    let found = data(&source);
    let sum: u64 = found.iter().map(|range| range.end - range.start).sum();
    assert_eq!(sum, 8 * 512, "{found:?}");
}

#[test]
fn a_chain_is_followed_through_relative_paths() {
    let folder = tempfile::tempdir().unwrap();
    let (base, two) = (base(), child(2, 2, &[1, 64, 65, 200], r".\base.vhd"));
    let three = child(3, 3, &[0, 65, 321], r"..\two.vhd");
    fs::create_dir(folder.path().join("top")).unwrap();
    write(folder.path(), "base.vhd", &base);
    write(folder.path(), "two.vhd", &two);
    write(folder.path(), "top/three.vhd", &three);
    let source = open(&folder.path().join("top/three.vhd")).unwrap();
    assert_eq!(source.paths().count(), 3);
    assert_same("three", &bytes(&source), &content(&[&three, &two, &base]));
}

#[test]
fn a_parent_is_looked_for_beside_the_child_where_windows_had_it_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (base, two) = (base(), child(2, 2, &[1], r"..\gone\base.vhd"));
    write(folder.path(), "base.vhd", &base);
    write(folder.path(), "two.vhd", &two);
    let source = open(&folder.path().join("two.vhd")).unwrap();
    assert_same("two", &bytes(&source), &content(&[&two, &base]));
}

#[test]
fn a_parent_of_another_size_ends_where_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = base();
    base.size = BLOCK as u64;
    base.written.retain(|&sector, _| sector < 64);
    let two = child(2, 2, &[1], r".\base.vhd");
    write(folder.path(), "base.vhd", &base);
    write(folder.path(), "two.vhd", &two);
    let source = open(&folder.path().join("two.vhd")).unwrap();
    assert_same("two", &bytes(&source), &content(&[&two, &base]));
}

#[test]
fn a_parent_that_is_gone_or_another_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let two = child(2, 2, &[1], r".\base.vhd");
    write(folder.path(), "two.vhd", &two);
    let refused = || open(&folder.path().join("two.vhd")).unwrap_err().to_string();
    assert!(refused().contains("which is not there"), "{}", refused());
    write(folder.path(), "base.vhd", &Vhd { id: [9; 16], ..base() });
    assert!(refused().contains("another unique id"), "{}", refused());
    fs::write(folder.path().join("base.vhd"), [0; 4096]).unwrap();
    assert!(refused().contains("footer"), "{}", refused());
}

#[test]
fn a_parent_that_was_changed_after_the_child_was_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut two = child(2, 2, &[1], r".\base.vhd");
    two.parent.as_mut().unwrap().stamp = 700_000_000;
    write(folder.path(), "base.vhd", &base());
    write(folder.path(), "two.vhd", &two);
    let image = folder.path().join("two.vhd");
    let refused = open(&image).unwrap_err().to_string();
    let stamp = EPOCH + 700_000_000;
    assert!(refused.contains(&format!("touch --date=@{stamp}")), "{refused}");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(stamp as u64);
    let file = fs::File::options().write(true).open(folder.path().join("base.vhd")).unwrap();
    file.set_modified(time).unwrap();
    drop(file);
    assert_same("two", &bytes(&open(&image).unwrap()), &content(&[&two, &base()]));
}

#[test]
fn a_chain_that_bites_its_tail_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let two = child(2, 2, &[1], r".\three.vhd");
    let mut three = child(3, 3, &[1], r".\two.vhd");
    three.id = [1; 16];
    write(folder.path(), "two.vhd", &two);
    write(folder.path(), "three.vhd", &three);
    let refused = open(&folder.path().join("two.vhd")).unwrap_err().to_string();
    assert!(refused.contains("builds on it in turn"), "{refused}");
}

#[test]
fn a_change_of_a_parent_under_the_read_is_seen() {
    use engine::BlockSource as _;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "base.vhd", &base());
    write(folder.path(), "two.vhd", &child(2, 2, &[1], r".\base.vhd"));
    let source = open(&folder.path().join("two.vhd")).unwrap();
    source.check_unchanged().unwrap();
    let mut grown = base().bytes();
    grown.push(0);
    fs::write(folder.path().join("base.vhd"), grown).unwrap();
    let changed = source.check_unchanged().unwrap_err();
    assert!(matches!(&changed, SourceError::Changed { path, .. } if path.ends_with("base.vhd")));
}

#[test]
fn the_footer_may_be_lost_or_a_byte_short() {
    let folder = tempfile::tempdir().unwrap();
    let (image, wanted) = (folder.path().join("x.vhd"), content(&[&base()]));
    let whole = base().bytes();
    // A writer that died had not written the footer again.
    fs::write(&image, &whole[..whole.len() - 512]).unwrap();
    assert_same("lost", &bytes(&open(&image).unwrap()), &wanted);
    // The first writers wrote 511 bytes.
    fs::write(&image, &whole[..whole.len() - 1]).unwrap();
    assert_same("short", &bytes(&open(&image).unwrap()), &wanted);
    // A copy that says something else is no copy.
    let mut differs = whole.clone();
    differs[68] ^= 1;
    let sum = checksum(&differs[..512], 64);
    put(&mut differs, 64, &be32(sum));
    fs::write(&image, &differs).unwrap();
    let refused = open(&image).unwrap_err().to_string();
    assert!(refused.contains("footer"), "{refused}");
}

#[test]
fn a_table_that_leads_out_of_the_file_is_named() {
    use engine::BlockSource as _;
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.vhd");
    let mut whole = base().bytes();
    put(&mut whole, 1536 + 4, &be32(0x00ff_ffff));
    fs::write(&image, &whole).unwrap();
    let source = open(&image).unwrap();
    let refused = source.read_at(BLOCK as u64, &mut [0; 512]).unwrap_err().to_string();
    assert!(refused.contains("block allocation table entry 1"), "{refused}");
    // What does not lie there can be read all the same.
    source.read_at(0, &mut [0; 512]).unwrap();
}
