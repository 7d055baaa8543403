//! Large disks with little in them: one as a raw file, one as a qcow2.

use std::{
    collections::BTreeSet, fmt::Write as _, fs, io::Write as _, os::unix::fs::FileExt as _,
    path::Path, process::Stdio,
};

use anyhow::{Context as _, Result, ensure};

use super::{
    bytes::Bytes,
    chance::Chance,
    files::{self, BLOCK},
    programs,
};
use crate::sh;

/// The blocks that are written, by number: the same for the same count.
pub(super) fn places(size: Bytes, count: u64) -> BTreeSet<u64> {
    Chance::new(count).some_below(size.0 / BLOCK, count)
}

/// Writes blocks of a raw file; other bytes in another round.
pub(super) fn write_raw(file: &Path, blocks: &BTreeSet<u64>, round: u64) -> Result<()> {
    let disk = files::open(file)?;
    let mut chance = Chance::new(round);
    let mut block = [0; BLOCK as usize];
    for number in blocks {
        chance.fill(&mut block);
        disk.write_all_at(&block, number * BLOCK).context("write a block")?;
    }
    disk.sync_all().context("sync the disk")
}

/// Makes an empty qcow2.
pub(super) fn make_qcow2(file: &Path, size: Bytes) -> Result<()> {
    let mut make = programs::QEMU_IMG.command()?;
    make.args(["create", "-q", "-f", "qcow2"]).arg(file).arg(size.0.to_string());
    sh::quietly(&mut make)
}

/// Writes blocks of a qcow2; another byte in another round.
pub(super) fn write_qcow2(file: &Path, blocks: &BTreeSet<u64>, round: u64) -> Result<()> {
    let mut script = String::new();
    for number in blocks {
        let byte = 1 + (number + round) % 255;
        let _ = writeln!(script, "write -q -P {byte} {} {BLOCK}", number * BLOCK);
    }
    let mut write = programs::QEMU_IO.command()?;
    write.args(["-f", "qcow2", "--cache", "writeback"]).arg(file);
    let mut child = write.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.as_mut().map_err(|error| anyhow::anyhow!("start qemu-io: {error}"))?;
    let mut words = child.stdin.take().context("talk to qemu-io")?;
    words.write_all(script.as_bytes()).context("tell qemu-io what to write")?;
    drop(words);
    let status = child.wait().context("wait for qemu-io")?;
    ensure!(status.success(), "qemu-io: {status}");
    Ok(())
}

/// The blocks that a difference names, of the JSON that `skikt diff` printed.
pub(super) fn blocks_of(diff: &Path) -> Result<BTreeSet<u64>> {
    let text = fs::read_to_string(diff).context("read the difference")?;
    let mut blocks = BTreeSet::new();
    for item in text.split("{\"offset_bytes\":").skip(1) {
        let (offset, length) = item_of(item).context("read an item of the difference")?;
        blocks.extend(offset / BLOCK..(offset + length) / BLOCK);
    }
    Ok(blocks)
}

/// `8192,"length_bytes":12288,…` as two numbers.
fn item_of(item: &str) -> Option<(u64, u64)> {
    let (offset, rest) = item.split_once(",\"length_bytes\":")?;
    let length = rest.split([',', '}']).next()?;
    Some((offset.parse().ok()?, length.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_written_where_they_are_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        files::make_hole(&path, Bytes::mib(1)).unwrap();
        let blocks = places(Bytes::mib(1), 10);
        assert_eq!(blocks.len(), 10);
        write_raw(&path, &blocks, 1).unwrap();
        let first = fs::read(&path).unwrap();
        let written: BTreeSet<_> = files::used_blocks(&path).unwrap().into_iter().collect();
        assert_eq!(written, blocks);
        write_raw(&path, &blocks, 2).unwrap();
        assert_ne!(fs::read(&path).unwrap(), first);
    }

    #[test]
    fn a_qcow2_gets_its_blocks_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (size, blocks) = (Bytes::mib(8), places(Bytes::mib(8), 5));
        make_qcow2(&path("disk.qcow2"), size).unwrap();
        write_qcow2(&path("disk.qcow2"), &blocks, 1).unwrap();
        let mut convert = programs::QEMU_IMG.command().unwrap();
        convert.args(["convert", "-O", "raw"]).args([path("disk.qcow2"), path("disk")]);
        sh::quietly(&mut convert).unwrap();
        let written: BTreeSet<_> = files::used_blocks(&path("disk")).unwrap().into_iter().collect();
        assert_eq!(written, blocks);
    }

    #[test]
    fn a_difference_is_read_as_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("diff");
        let text = r#"{"items":[{"offset_bytes":8192,"length_bytes":12288,"kind":"changed"},
            {"offset_bytes":40960,"length_bytes":4096,"kind":"cleared"}],"next":null}"#;
        fs::write(&path, text).unwrap();
        assert_eq!(blocks_of(&path).unwrap(), BTreeSet::from([2, 3, 4, 10]));
    }
}
