//! Block groups: which blocks and inodes are taken, and the tables that say so.

use std::{collections::BTreeMap, ops::Range};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::{
    BLOCK, FIRST,
    bytes::{self, GroupFacts, Inode, SuperFacts},
};
use crate::demo::image::Writes;

/// Blocks of a group: as many as a bitmap of one block has bits.
const GROUP: u64 = 32_768;

/// Inodes of a group, and the blocks their table takes.
const INODES: u32 = 8192;
const TABLE: u64 = INODES as u64 * bytes::INODE as u64 / BLOCK;

/// Blocks of a group before its data: superblock, descriptors, two bitmaps, the inode table.
const HEAD: u64 = 4 + TABLE;

/// All groups of a file system.
#[derive(Debug)]
pub(super) struct Groups {
    /// Whether each block is taken.
    blocks: Vec<bool>,
    /// Whether each inode is taken; the first has number 1.
    inodes: Vec<bool>,
    /// How many folders each group's inodes are.
    folders: Vec<u16>,
    /// Where the next free block is looked for.
    next: usize,
}

impl Groups {
    /// Groups for so many blocks, of which only those for tables are taken.
    pub(super) fn new(blocks: u64) -> Self {
        // A last group too small for its tables is left out, as mke2fs does.
        let rest = blocks % GROUP;
        let blocks = if rest > HEAD || blocks < GROUP { blocks } else { blocks - rest };
        let count = blocks.div_ceil(GROUP) as usize;
        let head = |block: u64| block % GROUP < HEAD;
        Self {
            blocks: (0..blocks).map(head).collect(),
            inodes: (1..=INODES * count as u32).map(|number| number < FIRST).collect(),
            folders: vec![0; count],
            next: 0,
        }
    }

    /// Takes the next free block.
    pub(super) fn take_block(&mut self) -> Result<u32> {
        let free = |range: Range<usize>| range.into_iter().find(|&block| !self.blocks[block]);
        let found = free(self.next..self.blocks.len()).or_else(|| free(0..self.next));
        let block = found.context("find a free block: the demo's disk is full")?;
        self.blocks[block] = true;
        self.next = block + 1;
        Ok(block as u32)
    }

    /// Gives a block back.
    pub(super) fn give_block(&mut self, block: u32) {
        self.blocks[block as usize] = false;
    }

    /// Takes the first free inode.
    pub(super) fn take_inode(&mut self) -> Result<u32> {
        let found = self.inodes.iter().position(|taken| !taken);
        let at = found.context("find a free inode: the demo's disk is full")?;
        self.inodes[at] = true;
        Ok(at as u32 + 1)
    }

    /// Gives an inode back.
    pub(super) fn give_inode(&mut self, number: u32) {
        self.inodes[number as usize - 1] = false;
    }

    /// Notes that an inode is a folder.
    pub(super) fn count_folder(&mut self, inode: u32) {
        self.folders[((inode - 1) / INODES) as usize] += 1;
    }

    /// Runs of blocks that nobody has.
    pub(super) fn free_runs(&self) -> Vec<Range<u64>> {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for block in (0..self.blocks.len()).filter(|&block| !self.blocks[block]) {
            let block = block as u64;
            match runs.last_mut() {
                Some(run) if run.end == block => run.end += 1,
                _ => runs.push(block..block + 1),
            }
        }
        runs
    }

    /// Writes superblocks, descriptors, bitmaps and the inodes in use.
    pub(super) fn write(
        &self,
        inodes: &BTreeMap<u32, Inode>,
        label: &str,
        time: Timestamp,
        writes: &mut Writes,
    ) {
        let groups: Vec<_> =
            self.blocks.chunks(GROUP as usize).zip(self.inodes.chunks(INODES as usize)).collect();
        let free = |taken: &[bool]| taken.iter().filter(|&&taken| !taken).count();
        let facts: Vec<_> = groups
            .iter()
            .enumerate()
            .map(|(number, (blocks, inodes))| GroupFacts {
                first: number as u64 * GROUP,
                free_blocks: free(blocks) as u16,
                free_inodes: free(inodes) as u16,
                folders: self.folders[number],
            })
            .collect();
        for (number, (blocks, taken)) in groups.iter().enumerate() {
            let superblock = bytes::superblock(&SuperFacts {
                group: number as u16,
                blocks: self.blocks.len() as u32,
                blocks_in_group: GROUP as u32,
                inodes: self.inodes.len() as u32,
                inodes_in_group: INODES,
                free_blocks: free(&self.blocks) as u32,
                free_inodes: free(&self.inodes) as u32,
                label,
                time,
            });
            let start = number as u64 * GROUP;
            let parts = [
                superblock,
                bytes::descriptors(&facts),
                bytes::bitmap(blocks),
                bytes::bitmap(taken),
            ];
            for (at, part) in parts.into_iter().enumerate() {
                writes.put((start + at as u64) * BLOCK, part);
            }
            self.write_table(number as u32, inodes, writes);
        }
    }

    /// Writes the blocks of a group's inode table up to the last inode in use.
    fn write_table(&self, group: u32, inodes: &BTreeMap<u32, Inode>, writes: &mut Writes) {
        let per_block = (BLOCK as usize / bytes::INODE) as u32;
        let first = group * INODES + 1;
        let used = self.inodes[first as usize - 1..(first - 1 + INODES) as usize]
            .iter()
            .rposition(|&taken| taken)
            .map_or(0, |at| at as u32 + 1);
        for at in 0..used.div_ceil(per_block) {
            let mut block = Vec::with_capacity(BLOCK as usize);
            for number in (first + at * per_block..).take(per_block as usize) {
                block.extend(inodes.get(&number).map_or([0; bytes::INODE], Inode::bytes));
            }
            let place = u64::from(group) * GROUP + 4 + u64::from(at);
            writes.put(place * BLOCK, block);
        }
    }
}
