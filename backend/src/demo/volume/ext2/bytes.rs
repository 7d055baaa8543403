//! ext2's structures as bytes, all little-endian
//! (<https://www.kernel.org/doc/html/latest/filesystems/ext2.html>).

use jiff::Timestamp;

use super::BLOCK;

/// Length of an inode.
pub(super) const INODE: usize = 128;

/// What a file or folder is, and where its blocks are.
#[derive(Debug, Clone)]
pub(super) struct Inode {
    pub(super) mode: u16,
    pub(super) size: u64,
    pub(super) links: u16,
    pub(super) time: Timestamp,
    pub(super) pointers: [u32; 15],
    /// Its data's blocks, in order.
    pub(super) data: Vec<u32>,
    /// All of its blocks, those of numbers too.
    pub(super) owned: Vec<u32>,
}

impl Inode {
    /// A folder without blocks: it has links from above and from its own `.`.
    pub(super) fn folder(time: Timestamp) -> Self {
        Self { mode: 0o40755, links: 2, ..Self::file(0, time) }
    }

    /// A file whose blocks are not known yet.
    pub(super) fn file(size: u64, time: Timestamp) -> Self {
        let (data, owned) = (Vec::new(), Vec::new());
        Self { mode: 0o100_755, size, links: 1, time, pointers: [0; 15], data, owned }
    }

    /// The inode as it is in the table.
    pub(super) fn bytes(&self) -> [u8; INODE] {
        let mut bytes = [0; INODE];
        let time = seconds(self.time);
        put16(&mut bytes, 0, self.mode);
        put32(&mut bytes, 4, self.size as u32);
        for at in [8, 12, 16] {
            put32(&mut bytes, at, time);
        }
        put16(&mut bytes, 26, self.links);
        // Counted in sectors of 512 bytes.
        put32(&mut bytes, 28, self.owned.len() as u32 * 8);
        for (at, &pointer) in self.pointers.iter().enumerate() {
            put32(&mut bytes, 40 + 4 * at, pointer);
        }
        bytes
    }
}

/// What an entry of a folder names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileType {
    File = 1,
    Folder = 2,
}

/// An entry of a folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) number: u32,
    pub(super) file_type: FileType,
}

/// A folder's blocks: entries one after the other, none across two blocks, the last of a block
/// reaching to its end. Without entries: one block that has none.
pub(super) fn folder<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<Vec<u8>> {
    let mut blocks = vec![vec![]];
    let mut last = 0;
    for entry in entries {
        let length = (8 + entry.name.len()).next_multiple_of(4);
        if blocks.last().is_some_and(|block| block.len() + length > BLOCK as usize) {
            close(blocks.last_mut(), last);
            blocks.push(vec![]);
        }
        let Some(block) = blocks.last_mut() else { break };
        last = block.len();
        block.extend(entry.number.to_le_bytes());
        block.extend((length as u16).to_le_bytes());
        block.extend([entry.name.len() as u8, entry.file_type as u8]);
        block.extend(entry.name.as_bytes());
        block.resize(last + length, 0);
    }
    close(blocks.last_mut(), last);
    blocks
}

/// Fills a block, and lets its last entry reach to the end.
fn close(block: Option<&mut Vec<u8>>, last: usize) {
    if let Some(block) = block {
        block.resize(BLOCK as usize, 0);
        put16(block, last + 4, (BLOCK as usize - last) as u16);
    }
}

/// A block of numbers of blocks.
pub(super) fn numbers(numbers: &[u32]) -> Vec<u8> {
    let mut block: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    block.resize(BLOCK as usize, 0);
    block
}

/// A bitmap; what is past the group's end is taken.
pub(super) fn bitmap(taken: &[bool]) -> Vec<u8> {
    let byte = |eight: &[bool]| {
        let bits = (0..8).filter(|&bit| *eight.get(bit).unwrap_or(&true));
        bits.fold(0_u8, |byte, bit| byte | 1 << bit)
    };
    let mut block: Vec<u8> = taken.chunks(8).map(byte).collect();
    block.resize(BLOCK as usize, 0xff);
    block
}

/// What a group's descriptor says.
#[derive(Debug, Clone, Copy)]
pub(super) struct GroupFacts {
    /// The group's first block.
    pub(super) first: u64,
    pub(super) free_blocks: u16,
    pub(super) free_inodes: u16,
    pub(super) folders: u16,
}

/// The descriptors of all groups.
pub(super) fn descriptors(groups: &[GroupFacts]) -> Vec<u8> {
    let mut block = vec![0; BLOCK as usize];
    for (group, bytes) in groups.iter().zip(block.chunks_exact_mut(32)) {
        // Behind the superblock and these descriptors.
        for (at, part) in [2, 3, 4].into_iter().enumerate() {
            put32(bytes, 4 * at, (group.first + part) as u32);
        }
        put16(bytes, 12, group.free_blocks);
        put16(bytes, 14, group.free_inodes);
        put16(bytes, 16, group.folders);
    }
    block
}

/// What a superblock says.
#[derive(Debug, Clone, Copy)]
pub(super) struct SuperFacts<'a> {
    /// The group it is in: each has a copy.
    pub(super) group: u16,
    pub(super) blocks: u32,
    pub(super) blocks_in_group: u32,
    pub(super) inodes: u32,
    pub(super) inodes_in_group: u32,
    pub(super) free_blocks: u32,
    pub(super) free_inodes: u32,
    pub(super) label: &'a str,
    pub(super) time: Timestamp,
}

/// The block that a superblock is in: at its start, but in the first group behind room for a boot
/// sector.
pub(super) fn superblock(facts: &SuperFacts<'_>) -> Vec<u8> {
    let mut block = vec![0; BLOCK as usize];
    let bytes = if facts.group == 0 { &mut block[1024..] } else { &mut block[..] };
    let time = seconds(facts.time);
    put32(bytes, 0, facts.inodes);
    put32(bytes, 4, facts.blocks);
    put32(bytes, 12, facts.free_blocks);
    put32(bytes, 16, facts.free_inodes);
    // Blocks and fragments of 1 KiB << 2.
    put32(bytes, 24, 2);
    put32(bytes, 28, 2);
    put32(bytes, 32, facts.blocks_in_group);
    put32(bytes, 36, facts.blocks_in_group);
    put32(bytes, 40, facts.inodes_in_group);
    put32(bytes, 48, time);
    // No check is due after so many mounts.
    put16(bytes, 54, 0xffff);
    put16(bytes, 56, 0xef53);
    // Clean; errors are gone on from.
    put16(bytes, 58, 1);
    put16(bytes, 60, 1);
    put32(bytes, 64, time);
    // Revision 1, with the first free inode and their length.
    put32(bytes, 76, 1);
    put32(bytes, 84, super::FIRST);
    put16(bytes, 88, INODE as u16);
    put16(bytes, 90, facts.group);
    // Folders tell what their entries name.
    put32(bytes, 96, 2);
    bytes[104..120].copy_from_slice(b"skikt demo  ext2");
    let label = &facts.label.as_bytes()[..facts.label.len().min(16)];
    bytes[120..120 + label.len()].copy_from_slice(label);
    block
}

/// Times have 32 bits.
fn seconds(time: Timestamp) -> u32 {
    time.as_second().clamp(0, i64::from(u32::MAX)) as u32
}

fn put16(bytes: &mut [u8], at: usize, number: u16) {
    bytes[at..at + 2].copy_from_slice(&number.to_le_bytes());
}

fn put32(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
}
