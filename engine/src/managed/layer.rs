//! One layer of a managed disk: written blocks, each at its own place in sparse files, and a map of
//! which are there.
//!
//! A block's bytes are synced before the map says that they are there, and the map is synced
//! before the write is acknowledged. A torn write is therefore one that nobody was told of: of a
//! block that was new it leaves nothing to be seen, and of one that was there the sectors that the
//! device had taken, as on any disk.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io,
    ops::Range,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use nix::{
    errno::Errno,
    libc,
    unistd::{Whence, lseek},
};
use shared::{BLOCK_BYTES, BLOCKS_PER_CHUNK, CHUNK_BYTES, DiskId};

use super::sync_folder;
use crate::{block_map::BlockMap, tree::FANOUT};

/// A map's first page names its layer; page *n* + 1 maps the chunks of leaf node *n*.
const PAGE: u64 = 8 * FANOUT as u64;
/// Disk bytes in a file of blocks: 1 TiB, since file systems limit files to 16 TiB and less.
const SEGMENT: u64 = 1 << 40;

/// Which blocks are there of each of a leaf node's chunks.
pub(crate) type LeafMap = Vec<BlockMap>;

/// Neighbouring whole blocks, on their way to a layer.
#[derive(Debug)]
pub(crate) struct Run {
    /// Where they are on the disk.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Run {
    fn blocks(&self) -> Range<u64> {
        let end = self.offset + self.bytes.len() as u64;
        debug_assert!(self.offset.is_multiple_of(BLOCK_BYTES), "whole blocks are written");
        debug_assert!(end.is_multiple_of(BLOCK_BYTES), "whole blocks are written");
        self.offset / BLOCK_BYTES..end / BLOCK_BYTES
    }
}

/// A layer's files.
#[derive(Debug)]
pub(super) struct Layer {
    folder: PathBuf,
    map: File,
    segments: Mutex<BTreeMap<u64, Arc<File>>>,
}

/// The folder of a layer.
pub(super) fn folder(disk: &Path, generation: u64) -> PathBuf {
    disk.join(format!("{generation:010}"))
}

/// The generation of the layer whose folder has the name.
pub(super) fn parse_name(name: &str) -> Option<u64> {
    let digits = name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_digit());
    if digits { name.parse().ok() } else { None }
}

/// The first bytes of a map: magic 8 · version 2 · reserved 6 · generation 8 · disk id 16 ·
/// BLAKE3 of all before 32.
fn header(disk: DiskId, generation: u64) -> Vec<u8> {
    let mut bytes = b"SKIKTMAP".to_vec();
    bytes.extend_from_slice(&crate::format::VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 6]);
    bytes.extend_from_slice(&generation.to_le_bytes());
    bytes.extend_from_slice(disk.uuid().as_bytes());
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes
}

impl Layer {
    /// Makes an empty layer, durably.
    pub(super) fn create(disk: &Path, id: DiskId, generation: u64) -> io::Result<Self> {
        let folder = folder(disk, generation);
        fs::create_dir_all(&folder)?;
        let map = folder.join("map");
        let map = OpenOptions::new().create_new(true).read(true).write(true).open(map)?;
        map.write_all_at(&header(id, generation), 0)?;
        map.sync_all()?;
        sync_folder(&folder)?;
        sync_folder(disk)?;
        Ok(Self { folder, map, segments: Mutex::default() })
    }

    /// Opens a layer; one without its map, or with another's, is an error.
    pub(super) fn open(disk: &Path, id: DiskId, generation: u64) -> io::Result<Self> {
        let folder = folder(disk, generation);
        let map = OpenOptions::new().read(true).write(true).open(folder.join("map"))?;
        let expected = header(id, generation);
        let mut found = vec![0; expected.len()];
        map.read_exact_at(&mut found, 0)?;
        if found != expected {
            return Err(io::Error::other(format!("{} has another map", folder.display())));
        }
        Ok(Self { folder, map, segments: Mutex::default() })
    }

    /// Which blocks of some neighbouring chunks are there.
    pub(super) fn maps(&self, chunks: Range<u64>) -> io::Result<Vec<BlockMap>> {
        let mut bytes = vec![0; 8 * (chunks.end - chunks.start) as usize];
        let (mut filled, start) = (0, PAGE + 8 * chunks.start);
        while filled < bytes.len() {
            match self.map.read_at(&mut bytes[filled..], start + filled as u64) {
                // The map ends where nothing was written past.
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (words, _) = bytes.as_chunks::<8>();
        Ok(words.iter().map(|word| BlockMap(u64::from_le_bytes(*word))).collect())
    }

    /// The first leaf node at or after `from` of whose chunks blocks are there.
    pub(super) fn next_leaf(&self, from: u64) -> io::Result<Option<(u64, LeafMap)>> {
        let mut leaf = from;
        loop {
            let at = PAGE * (leaf + 1);
            let data = match lseek(&self.map, at as libc::off_t, Whence::SeekData) {
                Ok(data) => data as u64,
                Err(Errno::ENXIO) => return Ok(None),
                Err(errno) => return Err(errno.into()),
            };
            leaf = data.max(at) / PAGE - 1;
            let first = leaf * FANOUT as u64;
            let maps = self.maps(first..first + FANOUT as u64)?;
            if maps.iter().any(|map| !map.is_empty()) {
                return Ok(Some((leaf, maps)));
            }
            leaf += 1;
        }
    }

    /// Fills `bytes` with what is at `offset`, in blocks that are there.
    pub(super) fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        for (at, part) in by_segment(offset, bytes.len() as u64) {
            let from = (at - offset) as usize;
            let segment = self.segment(at / SEGMENT, false)?;
            let part = &mut bytes[from..from + part as usize];
            segment.read_exact_at(part, at % SEGMENT)?;
        }
        Ok(())
    }

    /// Writes whole blocks: durable when this returns, and not before to be seen where they are
    /// new. The caller is alone.
    pub(super) fn write(&self, runs: &[Run]) -> io::Result<()> {
        let mut written = BTreeMap::new();
        for run in runs {
            for (at, part) in by_segment(run.offset, run.bytes.len() as u64) {
                let from = (at - run.offset) as usize;
                let segment = self.segment(at / SEGMENT, true)?;
                segment.write_all_at(&run.bytes[from..from + part as usize], at % SEGMENT)?;
                written.insert(at / SEGMENT, segment);
            }
        }
        for segment in written.values() {
            segment.sync_data()?;
        }
        for run in runs {
            self.mark(run.blocks())?;
        }
        // Also where the map says so already: it may be that an earlier sync failed.
        self.map.sync_data()
    }

    /// Writes all that is here into an older layer. After a crash it has some of it, which changes
    /// nothing as long as this layer lies over it.
    pub(super) fn copy_into(&self, older: &Self) -> io::Result<()> {
        let mut from = 0;
        while let Some((leaf, maps)) = self.next_leaf(from)? {
            let mut runs = Vec::new();
            for (chunk, map) in (leaf * FANOUT as u64..).zip(&maps) {
                for run in map.runs() {
                    let offset = chunk * CHUNK_BYTES + u64::from(run.start) * BLOCK_BYTES;
                    let mut bytes = vec![0; run.len() * BLOCK_BYTES as usize];
                    self.read(offset, &mut bytes)?;
                    runs.push(Run { offset, bytes });
                }
            }
            older.write(&runs)?;
            from = leaf + 1;
        }
        Ok(())
    }

    /// Says in the map that blocks are there, not yet durably.
    fn mark(&self, blocks: Range<u64>) -> io::Result<()> {
        let chunks = blocks.start / BLOCKS_PER_CHUNK..blocks.end.div_ceil(BLOCKS_PER_CHUNK);
        let old = self.maps(chunks.clone())?;
        let new = chunks.clone().zip(&old).map(|(chunk, &map)| {
            let start = chunk * BLOCKS_PER_CHUNK;
            let blocks = blocks.start.max(start)..blocks.end.min(start + BLOCKS_PER_CHUNK);
            map | blocks.map(|block| (block - start) as u32).collect()
        });
        let new: Vec<BlockMap> = new.collect();
        if new == old {
            return Ok(());
        }
        let bytes: Vec<u8> = new.iter().flat_map(|map| map.0.to_le_bytes()).collect();
        self.map.write_all_at(&bytes, PAGE + 8 * chunks.start)
    }

    /// The file that holds the blocks of a part of the disk.
    fn segment(&self, number: u64, create: bool) -> io::Result<Arc<File>> {
        let mut segments = self.segments.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(segment) = segments.get(&number) {
            return Ok(Arc::clone(segment));
        }
        let path = self.folder.join(format!("{number:05}.blocks"));
        let segment =
            OpenOptions::new().create(create).truncate(false).read(true).write(true).open(path)?;
        // One that is empty may be new, or be left of a crash before this.
        if create && segment.metadata()?.len() == 0 {
            sync_folder(&self.folder)?;
        }
        let segment = Arc::new(segment);
        segments.insert(number, Arc::clone(&segment));
        Ok(segment)
    }
}

/// Cuts a range where files of blocks end: offsets and lengths.
fn by_segment(offset: u64, length: u64) -> impl Iterator<Item = (u64, u64)> {
    let end = offset + length;
    let mut at = offset;
    std::iter::from_fn(move || {
        let start = at;
        at = end.min((at / SEGMENT + 1) * SEGMENT);
        (start < at).then_some((start, at - start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> DiskId {
        DiskId::from_uuid(uuid::Uuid::from_u128(7))
    }

    #[test]
    fn a_write_across_two_files_is_read_back_and_mapped() {
        let place = tempfile::tempdir().unwrap();
        let layer = Layer::create(place.path(), id(), 3).unwrap();
        let offset = SEGMENT - 2 * BLOCK_BYTES;
        let bytes: Vec<u8> = (0..4 * BLOCK_BYTES).map(|at| (at / 1000) as u8 + 1).collect();
        layer.write(&[Run { offset, bytes: bytes.clone() }]).unwrap();
        let layer = Layer::open(place.path(), id(), 3).unwrap();
        let mut read = vec![0; bytes.len()];
        layer.read(offset, &mut read).unwrap();
        assert!(read == bytes);
        let chunk = SEGMENT / CHUNK_BYTES;
        let maps = layer.maps(chunk - 1..chunk + 1).unwrap();
        assert_eq!(maps, [BlockMap(0b11 << 62), BlockMap(0b11)]);
        let (leaf, page) = layer.next_leaf(0).unwrap().unwrap();
        assert_eq!((leaf, page[511]), (chunk / 512 - 1, maps[0]));
        let (leaf, page) = layer.next_leaf(leaf + 1).unwrap().unwrap();
        assert_eq!((leaf, page[0]), (chunk / 512, maps[1]));
        assert!(layer.next_leaf(leaf + 1).unwrap().is_none());
    }

    #[test]
    fn another_layers_map_is_refused() {
        let place = tempfile::tempdir().unwrap();
        Layer::create(place.path(), id(), 3).unwrap();
        fs::rename(folder(place.path(), 3), folder(place.path(), 4)).unwrap();
        assert!(Layer::open(place.path(), id(), 4).is_err());
        assert!(Layer::open(place.path(), id(), 3).is_err());
    }
}
