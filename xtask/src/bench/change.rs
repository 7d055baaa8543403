//! Changes to a disk: blocks here and there, and packages that are upgraded.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{
    chance::Chance,
    disks::Disk,
    ext4::{Ext4, Put},
    files::{self, BLOCK},
};

/// Blocks in a chunk of Skikt's.
const BLOCKS_IN_A_CHUNK: u64 = 64;

/// Which blocks change, of those that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scattered {
    /// One block in each of a hundredth of all chunks.
    OneInSomeChunks,
    /// A hundredth of all blocks.
    Blocks,
}

/// Changes blocks here and there, and puts their new content into `changed`.
pub(super) fn scatter(disk: &Disk, which: Scattered, seed: u64, changed: &Path) -> Result<()> {
    let used = files::used_blocks(&disk.path)?;
    let file = files::open(&disk.path)?;
    let make = File::create(changed).with_context(|| format!("make {}", changed.display()));
    let mut changed = BufWriter::new(make?);
    for number in pick(&used, which, &mut Chance::new(seed)) {
        let block = revise_block(&file, number, seed)?;
        changed.write_all(&block).context("keep a changed block")?;
    }
    changed.flush().context("keep the changed blocks")?;
    file.sync_all().context("sync the disk")
}

/// The numbers of the blocks that are to change.
fn pick(used: &[u64], which: Scattered, chance: &mut Chance) -> Vec<u64> {
    let chunks: Vec<&[u64]> = match which {
        Scattered::OneInSomeChunks => {
            used.chunk_by(|a, b| a / BLOCKS_IN_A_CHUNK == b / BLOCKS_IN_A_CHUNK).collect()
        }
        Scattered::Blocks => used.chunks(1).collect(),
    };
    let count = chunks.len() as u64;
    let picked = chance.some_below(count, (count / 100).max(1));
    picked
        .into_iter()
        .filter_map(|number| {
            let chunk = chunks.get(number as usize)?;
            chunk.get(chance.below(chunk.len() as u64) as usize).copied()
        })
        .collect()
}

/// Gives a block other content of the same kind: shifted, and with a number that was not there.
fn revise_block(file: &File, number: u64, seed: u64) -> Result<[u8; BLOCK as usize]> {
    let mut block = [0; BLOCK as usize];
    file.read_exact_at(&mut block, number * BLOCK).context("read a block")?;
    let mut chance = Chance::new(seed ^ number << 20);
    block.rotate_left(chance.below(BLOCK) as usize);
    block[..8].copy_from_slice(&chance.next().to_le_bytes());
    file.write_all_at(&block, number * BLOCK).context("change a block")?;
    Ok(block)
}

/// Upgrades a twentieth of all files: each is written anew, part of it as it was and part of it
/// shifted, as programs are when a compiler adds a line.
pub(super) fn upgrade(
    volume: &mut Ext4,
    paths: &[PathBuf],
    seed: u64,
    staging: &Path,
) -> Result<()> {
    fs::create_dir_all(staging).context("make a folder for new versions")?;
    let mut chance = Chance::new(seed);
    let count = paths.len() as u64;
    let mut files = Vec::new();
    for number in chance.some_below(count, (count / 20).max(1)) {
        let Some(path) = paths.get(number as usize) else { continue };
        // A file that went away since it was picked is left as it is on the disk.
        let (Some(name), Ok(mut bytes)) = (path.to_str(), fs::read(path)) else { continue };
        for page in bytes.chunks_mut(BLOCK as usize) {
            if chance.below(5) < 2 {
                let shift = chance.below(page.len() as u64) as usize;
                page.rotate_left(shift);
            }
        }
        let from = staging.join(number.to_string());
        fs::write(&from, bytes).with_context(|| format!("write {}", from.display()))?;
        files.push(Put { path: name.to_owned(), from });
    }
    volume.put(&files)?;
    fs::remove_dir_all(staging).context("remove the new versions")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::bytes::Bytes;

    #[test]
    fn one_block_changes_in_each_picked_chunk() {
        let used: Vec<u64> = (0..64 * 500).filter(|number| number % 3 > 0).collect();
        let picked = pick(&used, Scattered::OneInSomeChunks, &mut Chance::new(1));
        assert_eq!(picked.len(), 5);
        assert!(picked.iter().all(|number| used.contains(number)));
        assert!(picked.windows(2).all(|pair| pair[0] / 64 < pair[1] / 64), "{picked:?}");
        let blocks = pick(&used, Scattered::Blocks, &mut Chance::new(1));
        assert_eq!(blocks.len(), used.len() / 100);
    }

    #[test]
    fn exactly_the_picked_blocks_differ_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, vec![7; (BLOCK * 300) as usize]).unwrap();
        let disk = Disk::look_at(path.clone()).unwrap();
        let changed = folder.path().join("changed");
        scatter(&disk, Scattered::Blocks, 5, &changed).unwrap();
        let bytes = fs::read(&path).unwrap();
        let differ = bytes.chunks(BLOCK as usize).filter(|it| it.iter().any(|it| *it != 7));
        let differ: Vec<_> = differ.flatten().copied().collect();
        assert_eq!(differ.len() as u64, 3 * BLOCK);
        assert_eq!(fs::read(&changed).unwrap(), differ);
        assert_eq!(disk.used, Bytes(300 * BLOCK));
    }
}
