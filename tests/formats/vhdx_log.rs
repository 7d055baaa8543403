//! A VHDX whose writer died: what its log holds counts, and the file is left as it is.

use std::fs;

use engine::BlockSource as _;
use harness::{qemu::qemu_img, seeded::Seeded};

use crate::{
    look::{assert_same, bytes, open},
    made::{
        put,
        vhdx::{BAT_AT, Block, MIB, Vhdx, guid, sum_up},
    },
    vhdx::{base, content},
};

pub(crate) const LOG: u128 = 0x1234_5678;

const SECTOR: usize = 4096;

/// What an entry writes at an offset of the file.
pub(crate) enum Write {
    Data(u64, Vec<u8>),
    Zeros(u64, u64),
}

/// An entry of the log, for the place where it will be.
pub(crate) fn entry(sequence: u64, tail: usize, file: u64, writes: &[Write]) -> Vec<u8> {
    let descriptors = (64 + writes.len() * 32).div_ceil(SECTOR) * SECTOR;
    let mut entry = vec![0; descriptors];
    put(&mut entry, 0, b"loge");
    put(&mut entry, 12, &(tail as u32).to_le_bytes());
    put(&mut entry, 16, &sequence.to_le_bytes());
    put(&mut entry, 24, &(writes.len() as u32).to_le_bytes());
    put(&mut entry, 32, &guid(LOG));
    put(&mut entry, 48, &file.to_le_bytes());
    put(&mut entry, 56, &file.to_le_bytes());
    for (number, write) in writes.iter().enumerate() {
        let at = 64 + number * 32;
        put(&mut entry, at + 24, &sequence.to_le_bytes());
        match write {
            Write::Zeros(offset, length) => {
                put(&mut entry, at, b"zero");
                put(&mut entry, at + 8, &length.to_le_bytes());
                put(&mut entry, at + 16, &offset.to_le_bytes());
            }
            Write::Data(offset, data) => {
                put(&mut entry, at, b"desc");
                put(&mut entry, at + 4, &data[SECTOR - 4..]);
                put(&mut entry, at + 8, &data[..8]);
                put(&mut entry, at + 16, &offset.to_le_bytes());
                let start = entry.len();
                entry.extend(data);
                put(&mut entry, start, b"data");
                put(&mut entry, start + 4, &((sequence >> 32) as u32).to_le_bytes());
                put(&mut entry, start + SECTOR - 4, &(sequence as u32).to_le_bytes());
            }
        }
    }
    let length = entry.len() as u32;
    put(&mut entry, 8, &length.to_le_bytes());
    sum_up(&mut entry);
    entry
}

/// Puts an entry into a ring, at an offset that may be past its end.
pub(crate) fn place(ring: &mut [u8], at: usize, entry: &[u8]) {
    for (number, sector) in entry.chunks(SECTOR).enumerate() {
        put(ring, (at + number * SECTOR) % MIB, sector);
    }
}

fn logged(ring: Vec<u8>) -> Vhdx {
    Vhdx { log: Some((LOG, ring)), ..base(512) }
}

/// The sector of the table in which block 0 is in another state.
fn table(state: u64) -> Vec<u8> {
    let mut table = base(512).bytes()[BAT_AT..BAT_AT + SECTOR].to_vec();
    put(&mut table, 0, &state.to_le_bytes());
    table
}

/// The file's length, and what is read of it with a log.
fn read(vhdx: &Vhdx, what: &str, wanted: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("x.vhdx");
    let file = vhdx.bytes();
    fs::write(&image, &file).unwrap();
    assert_same(what, &bytes(&open(&image).unwrap()), wanted);
    assert_same("the file itself", &fs::read(&image).unwrap(), &file);
}

fn refused(vhdx: &Vhdx, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.vhdx"), vhdx.bytes()).unwrap();
    let refused = open(&folder.path().join("x.vhdx")).unwrap_err().to_string();
    assert!(refused.contains(words), "{refused}");
}

fn length() -> u64 {
    base(512).bytes().len() as u64
}

/// The disk with block 0 cleared.
fn cleared() -> Vec<u8> {
    let mut vhdx = base(512);
    vhdx.blocks.insert(0, Block::State(2));
    content(&[&vhdx])
}

#[test]
fn what_the_log_holds_counts() {
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(5, 0, length(), &[Write::Data(BAT_AT as u64, table(2))]));
    read(&logged(ring), "one entry", &cleared());
}

#[test]
fn qemu_reads_it_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(5, 0, length(), &[Write::Data(BAT_AT as u64, table(2))]));
    fs::write(folder.path().join("x.vhdx"), logged(ring).bytes()).unwrap();
    qemu_img(folder.path(), "check -r all -f vhdx x.vhdx");
    qemu_img(folder.path(), "convert -f vhdx -O raw x.vhdx x.raw");
    assert_same("QEMU", &fs::read(folder.path().join("x.raw")).unwrap(), &cleared());
}

#[test]
fn later_entries_come_after_earlier_ones_and_may_go_round_the_end() {
    let mut ring = vec![0; MIB];
    let at = MIB - 2 * SECTOR;
    let wrong = entry(8, at, length(), &[Write::Data(BAT_AT as u64, table(1 << 40 | 6))]);
    let right = entry(9, at, length(), &[Write::Data(BAT_AT as u64, table(2))]);
    place(&mut ring, at, &wrong);
    place(&mut ring, at + wrong.len(), &right);
    read(&logged(ring.clone()), "two entries", &cleared());
    // An older sequence elsewhere is no more.
    let older = entry(4, 100 * SECTOR, length(), &[Write::Data(BAT_AT as u64, table(5))]);
    place(&mut ring, 100 * SECTOR, &older);
    read(&logged(ring), "an older sequence", &cleared());
}

#[test]
fn a_sequence_ends_where_an_entry_is_torn() {
    let mut ring = vec![0; MIB];
    let first = entry(8, 0, length(), &[Write::Data(BAT_AT as u64, table(2))]);
    let mut torn = entry(9, 0, length(), &[Write::Data(BAT_AT as u64, table(5))]);
    torn[SECTOR + 99] ^= 1;
    place(&mut ring, 0, &first);
    place(&mut ring, first.len(), &torn);
    read(&logged(ring), "a torn entry", &cleared());
}

#[test]
fn zeros_and_data_count_in_their_order() {
    let data = Seeded::new(3).bytes(SECTOR);
    let first = 4 * MIB as u64;
    let writes = [
        Write::Data(first, vec![7; SECTOR]),
        Write::Zeros(first, 3 * SECTOR as u64),
        Write::Data(first + SECTOR as u64, data.clone()),
    ];
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(1, 0, length(), &writes));
    let mut wanted = content(&[&base(512)]);
    wanted[..3 * SECTOR].fill(0);
    put(&mut wanted, SECTOR, &data);
    read(&logged(ring), "zeros and data", &wanted);
}

#[test]
fn what_the_log_made_longer_is_longer() {
    // Block 4 lies past the file's end, where the log says that zeros are.
    let (start, end) = (length(), length() + MIB as u64);
    let mut table = table((4 * MIB as u64) | 6);
    put(&mut table, 8 * 4, &(start | 6).to_le_bytes());
    let mut written = entry(1, 0, start, &[Write::Data(BAT_AT as u64, table)]);
    put(&mut written, 56, &end.to_le_bytes());
    sum_up(&mut written);
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &written);
    read(&logged(ring), "a longer file", &content(&[&base(512)]));
}

#[test]
fn a_log_that_cannot_be_replayed_is_refused() {
    refused(&logged(vec![0; MIB]), "log holds no whole sequence");
    // Of another file's life.
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(1, 0, length(), &[]));
    let mut vhdx = logged(ring);
    vhdx.log.as_mut().unwrap().0 = 99;
    refused(&vhdx, "log holds no whole sequence");
    // Whose tail is no entry.
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(1, SECTOR, length(), &[]));
    refused(&logged(ring), "log holds no whole sequence");
    // For a file that was longer.
    let mut ring = vec![0; MIB];
    place(&mut ring, 0, &entry(1, 0, length() + 1, &[]));
    refused(&logged(ring), "log was written for a file");
    // That writes past the file's end, or within a sector.
    for at in [length(), u64::MAX - 4095, 12] {
        let mut ring = vec![0; MIB];
        place(&mut ring, 0, &entry(1, 0, length(), &[Write::Data(at, vec![0; SECTOR])]));
        refused(&logged(ring), "log writes 4096 bytes");
    }
}

#[test]
fn the_log_is_replayed_at_any_place_of_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut ring = vec![0; MIB];
    let writes = [Write::Data(4 * MIB as u64 + 8192, vec![0xAB; SECTOR])];
    place(&mut ring, 0, &entry(1, 0, length(), &writes));
    fs::write(folder.path().join("x.vhdx"), logged(ring).bytes()).unwrap();
    let source = open(&folder.path().join("x.vhdx")).unwrap();
    let mut wanted = content(&[&base(512)]);
    wanted[8192..12288].fill(0xAB);
    for (at, length) in [(8000, 300), (8192, 1), (12000, 400), (8191, 4098), (9000, 100)] {
        let mut piece = vec![0; length];
        source.read_at(at, &mut piece).unwrap();
        assert_same("a piece", &piece, &wanted[at as usize..at as usize + length]);
    }
}
