//! What is done with image files beside measuring: warming, comparing, carrying changes over.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read as _, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};

use super::bytes::Bytes;

/// Unit of change.
pub(super) const BLOCK: u64 = 4096;

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// Opens a file to read and to write.
pub(super) fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).open(path);
    file.with_context(|| format!("open {}", path.display()))
}

/// Makes a file that is one hole.
pub(super) fn make_hole(path: &Path, size: Bytes) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path);
    let file = file.with_context(|| format!("make {}", path.display()))?;
    file.set_len(size.0).with_context(|| format!("give {} a size", path.display()))?;
    Ok(file)
}

/// Reads a file, or all files below a folder, so that the page cache holds them.
pub(super) fn warm(path: &Path) -> Result<()> {
    let mut piece = vec![0; PIECE];
    each_file(path, &mut |file, _| {
        let mut file = File::open(file).with_context(|| format!("open {}", file.display()))?;
        while file.read(&mut piece).context("read ahead")? > 0 {}
        Ok(())
    })
}

/// The lengths of all files below a folder, together.
pub(super) fn length_of_files(folder: &Path) -> Result<Bytes> {
    let mut length = Bytes::default();
    each_file(folder, &mut |_, facts| {
        length = length + Bytes(facts.len());
        Ok(())
    })?;
    Ok(length)
}

fn each_file(path: &Path, visit: &mut dyn FnMut(&Path, &fs::Metadata) -> Result<()>) -> Result<()> {
    let look = || format!("look at {}", path.display());
    let facts = fs::symlink_metadata(path).with_context(look)?;
    if facts.is_file() {
        return visit(path, &facts);
    }
    if facts.is_dir() {
        for entry in fs::read_dir(path).with_context(look)? {
            each_file(&entry.with_context(look)?.path(), visit)?;
        }
    }
    Ok(())
}

/// The blocks of a file that hold anything but zeros, by number.
pub(super) fn used_blocks(path: &Path) -> Result<Vec<u64>> {
    let mut used = Vec::new();
    each_piece(path, &mut |offset, piece| {
        for (at, block) in piece.chunks(BLOCK as usize).enumerate() {
            if !is_zero(block) {
                used.push(offset / BLOCK + at as u64);
            }
        }
        Ok(())
    })?;
    Ok(used)
}

/// Whether two files hold the same bytes.
pub(super) fn are_same(one: &Path, other: &Path) -> Result<bool> {
    let file = File::open(other).with_context(|| format!("open {}", other.display()))?;
    let length = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.len());
    if length(one).context("look at a file")? != length(other).context("look at a file")? {
        return Ok(false);
    }
    let mut same = true;
    let mut theirs = vec![0; PIECE];
    each_piece(one, &mut |offset, piece| {
        let theirs = &mut theirs[..piece.len()];
        file.read_exact_at(theirs, offset).context("read the other file")?;
        same &= theirs == piece;
        Ok(())
    })?;
    Ok(same)
}

/// Writes those blocks of `from` to `disk` that differ there, from `start` on: what a disk sees of
/// a change that was made elsewhere. Their new content is also put into `changed`, one whole block
/// after the other; zeros are left out of it.
pub(super) fn carry_over(
    from: &Path,
    disk: &File,
    start: u64,
    changed: &mut BufWriter<File>,
) -> Result<()> {
    let mut old = vec![0; PIECE];
    each_piece(from, &mut |offset, piece| {
        let old = &mut old[..piece.len()];
        disk.read_exact_at(old, start + offset).context("read the disk")?;
        let blocks = piece.chunks(BLOCK as usize).zip(old.chunks(BLOCK as usize));
        for (at, (new, _)) in blocks.enumerate().filter(|(_, (new, old))| new != old) {
            let place = start + offset + at as u64 * BLOCK;
            disk.write_all_at(new, place).context("write to the disk")?;
            if !is_zero(new) {
                changed.write_all(new).context("keep a changed block")?;
                let rest = BLOCK as usize - new.len();
                changed.write_all(&[0; BLOCK as usize][..rest]).context("keep its zeros")?;
            }
        }
        Ok(())
    })
}

fn each_piece(path: &Path, visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let length = file.metadata().with_context(|| format!("look at {}", path.display()))?.len();
    let mut piece = vec![0; PIECE];
    for offset in (0..length).step_by(PIECE) {
        let piece = &mut piece[..PIECE.min((length - offset) as usize)];
        file.read_exact_at(piece, offset).with_context(|| format!("read {}", path.display()))?;
        visit(offset, piece)?;
    }
    Ok(())
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_carried_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let block = |byte: u8| vec![byte; BLOCK as usize];
        fs::write(path("from"), [block(1), block(7), block(0), vec![5; 10]].concat()).unwrap();
        fs::write(path("disk"), [block(9), block(1), block(2), block(3), block(0)].concat())
            .unwrap();
        let mut changed = BufWriter::new(File::create(path("changed")).unwrap());
        carry_over(&path("from"), &open(&path("disk")).unwrap(), BLOCK, &mut changed).unwrap();
        changed.flush().unwrap();
        let mut last = block(0);
        last[..10].fill(5);
        assert_eq!(fs::read(path("changed")).unwrap(), [block(7), last.clone()].concat());
        let disk = fs::read(path("disk")).unwrap();
        assert_eq!(disk, [block(9), block(1), block(7), block(0), last].concat());
        assert_eq!(used_blocks(&path("disk")).unwrap(), [0, 1, 2, 4]);
    }

    #[test]
    fn files_are_the_same_when_every_byte_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let mut bytes = vec![5; PIECE + 10];
        for name in ["one", "same"] {
            fs::write(path(name), &bytes).unwrap();
        }
        bytes[PIECE + 3] = 6;
        fs::write(path("other"), &bytes).unwrap();
        fs::write(path("shorter"), &bytes[..PIECE]).unwrap();
        assert!(are_same(&path("one"), &path("same")).unwrap());
        assert!(!are_same(&path("one"), &path("other")).unwrap());
        assert!(!are_same(&path("one"), &path("shorter")).unwrap());
    }

    #[test]
    fn a_folder_is_as_long_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b"), [0; 10]).unwrap();
        make_hole(&folder.path().join("c"), Bytes(5)).unwrap();
        warm(folder.path()).unwrap();
        assert_eq!(length_of_files(folder.path()).unwrap(), Bytes(15));
    }
}
