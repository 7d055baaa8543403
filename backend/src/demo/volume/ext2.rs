//! A small ext2 file system written by hand, for machines without e2fsprogs: real enough for
//! `e2fsck` and for Linux to mount, without the journal, extents and checksums that ext4 has.

mod bytes;
mod groups;

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use self::{
    bytes::{Entry, FileType, Inode},
    groups::Groups,
};
use super::{Content, Step};
use crate::demo::image::{Image, Writes};

/// Length of a block.
const BLOCK: u64 = 4096;

/// Numbers of blocks that a block of numbers holds.
const FAN: usize = 1024;

/// Blocks whose numbers an inode holds itself.
const DIRECT: usize = 12;

/// Inodes that have a meaning: the root folder, and the first that is free for anything.
const ROOT: u32 = 2;
const FIRST: u32 = 11;

/// A file system, known by heart: nothing is read back from the image.
#[derive(Debug)]
pub(in crate::demo) struct Ext2 {
    image: Image,
    label: String,
    groups: Groups,
    inodes: BTreeMap<u32, Inode>,
    /// By path; the root's is empty.
    folders: BTreeMap<String, Folder>,
    /// The inode of each file, by path.
    files: BTreeMap<String, u32>,
}

/// A folder's inode, and what it holds.
#[derive(Debug)]
struct Folder {
    inode: u32,
    parent: u32,
    entries: BTreeMap<String, (u32, FileType)>,
}

impl Ext2 {
    /// Makes one.
    pub(super) fn create(image: Image, label: &str, size: u64, time: Timestamp) -> Result<Self> {
        let mut volume = Self {
            image,
            label: label.to_owned(),
            groups: Groups::new(size / BLOCK),
            inodes: BTreeMap::new(),
            folders: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let root = Folder { inode: ROOT, parent: ROOT, entries: BTreeMap::new() };
        volume.inodes.insert(ROOT, Inode::folder(time));
        volume.groups.count_folder(ROOT);
        volume.folders.insert(String::new(), root);
        volume.make_folder("/lost+found", time)?;
        volume.apply(&[], time)?;
        Ok(volume)
    }

    /// Changes files, then writes what the file system knows of them.
    pub(super) fn apply(&mut self, steps: &[Step], time: Timestamp) -> Result<()> {
        let mut writes = Writes::default();
        for step in steps {
            match step {
                Step::Put(path, content) => self.put(path, content, time, &mut writes)?,
                Step::Remove(path) => self.remove(path)?,
            }
            // What is held in memory is bounded by a file and the tables.
            self.image.apply(&writes)?;
            writes = Writes::default();
        }
        for path in self.folders.keys().cloned().collect::<Vec<_>>() {
            self.write_folder(&path, time, &mut writes)?;
        }
        self.groups.write(&self.inodes, &self.label, time, &mut writes);
        self.image.apply(&writes)
    }

    /// Makes holes where no file has its bytes.
    pub(super) fn trim(&self) -> Result<()> {
        let mut writes = Writes::default();
        for run in self.groups.free_runs() {
            writes.clear(run.start * BLOCK..run.end * BLOCK);
        }
        self.image.apply(&writes)
    }

    /// Writes a file anew; the one of that name goes when it is there.
    fn put(
        &mut self,
        path: &str,
        content: &Content,
        time: Timestamp,
        writes: &mut Writes,
    ) -> Result<()> {
        let (folder, name) = path.rsplit_once('/').context("find a file's folder")?;
        self.make_folder(folder, time)?;
        let bytes = match content {
            Content::Copy(source) => {
                &fs::read(source).with_context(|| format!("read {}", source.display()))?
            }
            Content::Bytes(bytes) => bytes,
        };
        let blocks = (0..bytes.len().div_ceil(BLOCK as usize))
            .map(|_| self.groups.take_block())
            .collect::<Result<Vec<_>>>()?;
        for (part, &block) in bytes.chunks(BLOCK as usize).zip(&blocks) {
            let mut part = part.to_vec();
            part.resize(BLOCK as usize, 0);
            writes.put(u64::from(block) * BLOCK, part);
        }
        let mut inode = Inode::file(bytes.len() as u64, time);
        self.point(&mut inode, &blocks, writes)?;
        let number = self.groups.take_inode()?;
        self.inodes.insert(number, inode);
        self.remove(path)?;
        self.files.insert(path.to_owned(), number);
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.entries.insert(name.to_owned(), (number, FileType::File));
        }
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<()> {
        let Some(number) = self.files.remove(path) else { return Ok(()) };
        if let Some(inode) = self.inodes.remove(&number) {
            inode.owned.iter().for_each(|&block| self.groups.give_block(block));
            self.groups.give_inode(number);
        }
        let (folder, name) = path.rsplit_once('/').context("find a file's folder")?;
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.entries.remove(name);
        }
        Ok(())
    }

    /// Makes a folder and those above it.
    fn make_folder(&mut self, path: &str, time: Timestamp) -> Result<()> {
        if self.folders.contains_key(path) {
            return Ok(());
        }
        let (above, name) = path.rsplit_once('/').context("find a folder's folder")?;
        self.make_folder(above, time)?;
        // The first folder after the root is lost+found, whose inode is the first free one.
        let number = self.groups.take_inode()?;
        let Some(parent) = self.folders.get_mut(above) else { return Ok(()) };
        parent.entries.insert(name.to_owned(), (number, FileType::Folder));
        let parent = parent.inode;
        if let Some(inode) = self.inodes.get_mut(&parent) {
            inode.links += 1;
        }
        self.inodes.insert(number, Inode::folder(time));
        self.groups.count_folder(number);
        let folder = Folder { inode: number, parent, entries: BTreeMap::new() };
        self.folders.insert(path.to_owned(), folder);
        Ok(())
    }

    /// Writes a folder's entries to its blocks, and gives it more where they do not fit.
    fn write_folder(&mut self, path: &str, time: Timestamp, writes: &mut Writes) -> Result<()> {
        let Some(folder) = self.folders.get(path) else { return Ok(()) };
        let number = folder.inode;
        let entry = |name, number, file_type| Entry { name, number, file_type };
        let own = [(".", folder.inode), ("..", folder.parent)];
        let own = own.map(|(name, number)| entry(name, number, FileType::Folder));
        let others = folder.entries.iter().map(|(name, &(number, kind))| entry(name, number, kind));
        let written = bytes::folder(own.into_iter().chain(others));
        let Some(mut inode) = self.inodes.remove(&number) else { return Ok(()) };
        // Folders never shrink: what is left over has no entries.
        let mut data = inode.data.clone();
        while data.len() < written.len() {
            data.push(self.groups.take_block()?);
        }
        let empty = bytes::folder(std::iter::empty());
        for (at, &block) in data.iter().enumerate() {
            let bytes = written.get(at).or(empty.first()).cloned().unwrap_or_default();
            writes.put(u64::from(block) * BLOCK, bytes);
        }
        if data.len() > inode.data.len() {
            for &block in inode.owned.iter().filter(|block| !inode.data.contains(block)) {
                self.groups.give_block(block);
            }
            inode.size = data.len() as u64 * BLOCK;
            inode.time = time;
            self.point(&mut inode, &data, writes)?;
        }
        self.inodes.insert(number, inode);
        Ok(())
    }

    /// Lets an inode point to its blocks: to the first itself, to the next thousand by a block of
    /// numbers, to the rest by a block of such blocks.
    fn point(&mut self, inode: &mut Inode, data: &[u32], writes: &mut Writes) -> Result<()> {
        let mut owned = data.to_vec();
        let direct = data.len().min(DIRECT);
        inode.pointers[..direct].copy_from_slice(&data[..direct]);
        let mut lists = Vec::new();
        for numbers in data[direct..].chunks(FAN) {
            let block = self.groups.take_block()?;
            writes.put(u64::from(block) * BLOCK, bytes::numbers(numbers));
            lists.push(block);
        }
        owned.extend(&lists);
        if let Some((&first, rest)) = lists.split_first() {
            inode.pointers[DIRECT] = first;
            if !rest.is_empty() {
                let block = self.groups.take_block()?;
                writes.put(u64::from(block) * BLOCK, bytes::numbers(rest));
                inode.pointers[DIRECT + 1] = block;
                owned.push(block);
            }
        }
        inode.data = data.to_vec();
        inode.owned = owned;
        Ok(())
    }
}
