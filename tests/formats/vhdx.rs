//! VHDXs made by the book: states of blocks, large sectors, parents.

use std::{collections::BTreeMap, fs, path::Path};

use harness::seeded::Seeded;

use crate::{
    look::{assert_same, bytes, data, open},
    made::{
        put,
        vhdx::{BAT_AT, Block, METADATA_AT, MIB, Parent, Vhdx, sum_up},
    },
};

pub(crate) const SIZE: u64 = 6 * MIB as u64 + 4096;

fn random(seed: u64, length: usize) -> Vec<u8> {
    Seeded::new(seed).bytes(length)
}

/// A VHDX without a parent, some of whose blocks are there.
pub(crate) fn base(sector: u32) -> Vhdx {
    let blocks = BTreeMap::from([
        (0, Block::Full(random(1, MIB))),
        (1, Block::State(1)),
        (2, Block::State(2)),
        (3, Block::State(3)),
        (6, Block::Full(random(2, MIB))),
    ]);
    Vhdx { size: SIZE, sector, data_write: 11, blocks, parent: None, log: None }
}

fn child(sector: u32) -> Vhdx {
    let length = sector as usize;
    let partial = |seed, sectors: &[u64]| {
        let sectors = sectors.iter().map(|&it| (it, random(seed + it, length))).collect();
        Block::Partial(sectors)
    };
    let blocks = BTreeMap::from([
        (0, partial(100, &[0, 1, 7, 8, 100, MIB as u64 / u64::from(sector) - 1])),
        (4, Block::Full(random(3, MIB))),
        (5, partial(200, &[3])),
        (6, Block::State(2)),
    ]);
    let (relative, absolute) = (r".\base.vhdx", r"C:\vms\base.vhdx");
    let parent = Some(Parent { data_write: 11, relative, absolute });
    Vhdx { size: SIZE, sector, data_write: 22, blocks, parent, log: None }
}

/// What a chain reads as, the image itself first.
pub(crate) fn content(chain: &[&Vhdx]) -> Vec<u8> {
    let mut bytes = vec![0; 8 * MIB];
    for vhdx in chain.iter().rev() {
        for (&number, block) in &vhdx.blocks {
            let at = number as usize * MIB;
            match block {
                Block::Full(data) => put(&mut bytes, at, data),
                Block::State(_) => bytes[at..at + MIB].fill(0),
                Block::Partial(sectors) => {
                    for (&sector, data) in sectors {
                        put(&mut bytes, at + sector as usize * vhdx.sector as usize, data);
                    }
                }
            }
        }
    }
    bytes.truncate(SIZE as usize);
    bytes
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

#[test]
fn blocks_are_what_their_states_say() {
    let folder = tempfile::tempdir().unwrap();
    for sector in [512, 4096] {
        let base = base(sector);
        write(folder.path(), "base.vhdx", &base.bytes());
        let source = open(&folder.path().join("base.vhdx")).unwrap();
        assert_same("base", &bytes(&source), &content(&[&base]));
        let mib = MIB as u64;
        assert_eq!(data(&source), [0..mib, 6 * mib..SIZE]);
    }
}

#[test]
fn of_a_block_that_is_partly_there_the_parent_has_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    for sector in [512, 4096] {
        let (base, child) = (base(sector), child(sector));
        write(folder.path(), "base.vhdx", &base.bytes());
        write(folder.path(), "child.vhdx", &child.bytes());
        let source = open(&folder.path().join("child.vhdx")).unwrap();
        assert_same("child", &bytes(&source), &content(&[&child, &base]));
    }
}

#[test]
fn a_parent_that_was_written_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = base(512);
    base.data_write = 12;
    write(folder.path(), "base.vhdx", &base.bytes());
    write(folder.path(), "child.vhdx", &child(512).bytes());
    let refused = open(&folder.path().join("child.vhdx")).unwrap_err().to_string();
    assert!(refused.contains("data write GUIDs differ"), "{refused}");
}

/// The image with a change, which must be refused with the name of a field.
fn refused(change: impl FnOnce(&mut Vec<u8>), field: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = base(512).bytes();
    change(&mut bytes);
    write(folder.path(), "x.vhdx", &bytes);
    let source = open(&folder.path().join("x.vhdx"));
    let refused = match source {
        Err(error) => error.to_string(),
        Ok(source) => {
            use engine::BlockSource as _;
            source.read_at(0, &mut [0; 512]).unwrap_err().to_string()
        }
    };
    assert!(refused.contains(field), "{refused}");
}

#[test]
fn a_wrong_field_is_named() {
    let header = 128 << 10;
    refused(
        |it| {
            it[(64 << 10) + 9] ^= 1;
            it[header + 9] ^= 1;
        },
        "headers are both damaged",
    );
    refused(
        |it| {
            it[header + 66] = 9;
            sum_up(&mut it[header..header + 4096]);
        },
        "version is 9",
    );
    refused(
        |it| {
            it[(192 << 10) + 100] ^= 1;
            it[(256 << 10) + 100] ^= 1;
        },
        "region tables are both damaged",
    );
    let table = METADATA_AT;
    refused(|it| it[table] = 0, "metadata signature");
    refused(|it| it[table + 10] = 2, "logical sector size is not in the metadata table");
    refused(|it| it[table + 32] ^= 1, "requires metadata that is not known");
    refused(|it| it[table + (64 << 10) + 2] = 0x11, "block size");
    refused(|it| it[table + (64 << 10) + 4096] = 1, "virtual disk size");
    refused(|it| it[table + (64 << 10) + 2 * 4096 + 1] = 3, "logical sector size");
    refused(|it| it[table + (64 << 10) + 4] = 2, "parent locator");
    refused(|it| it[BAT_AT] = 5, "entry of block 0 has the state 5");
    refused(|it| it[BAT_AT] = it[BAT_AT] & 0xf8 | 7, "entry of block 0 has the state 7");
    refused(|it| it[BAT_AT + 4] = 0xff, "entry of block 0 leads to");
    refused(|it| it.truncate(3 * MIB), "metadata region");
    refused(|it| it.truncate(100), "header section");
}

#[test]
fn one_whole_copy_of_headers_and_tables_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let base = base(512);
    for at in [(64 << 10) + 9, (192 << 10) + 9, (256 << 10) + 9] {
        let mut bytes = base.bytes();
        bytes[at] ^= 1;
        write(folder.path(), "x.vhdx", &bytes);
        let source = open(&folder.path().join("x.vhdx")).unwrap();
        assert_same("x", &crate::look::bytes(&source), &content(&[&base]));
    }
}
