//! A disk with a file system on it: ext4 by e2fsprogs where they are there, else a small ext2 of
//! our own.

mod ext2;
mod ext4;

use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;

use self::{ext2::Ext2, ext4::Ext4};
use super::image::Image;

/// One change to a file system. Paths start with `/`; folders are made as files need them.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A file is written anew beside the old one, which then goes: as packages are upgraded.
    Put(String, Content),
    /// A file goes.
    Remove(String),
}

/// What a file holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// The same as a file of this machine.
    Copy(PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A file system on an image.
#[derive(Debug)]
pub(super) enum Volume {
    /// A real one, by e2fsprogs.
    Ext4(Ext4),
    /// One written by hand.
    Ext2(Ext2),
}

impl Volume {
    /// Makes an empty file system.
    pub(super) fn create(image: Image, size: u64, label: &str, time: Timestamp) -> Result<Self> {
        if ext4::is_there() {
            Ok(Self::Ext4(Ext4::create(image, label, size, time)?))
        } else {
            Ok(Self::Ext2(Ext2::create(image, label, size, time)?))
        }
    }

    /// What people call it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Ext4(_) => "ext4",
            Self::Ext2(_) => "ext2",
        }
    }

    /// Changes files, all at one time.
    pub(super) fn apply(&mut self, steps: &[Step], time: Timestamp) -> Result<()> {
        match self {
            Self::Ext4(volume) => volume.apply(steps, time),
            Self::Ext2(volume) => volume.apply(steps, time),
        }
    }

    /// Makes holes where no file has its bytes any more, as a weekly `fstrim` does.
    pub(super) fn trim(&mut self) -> Result<()> {
        match self {
            Self::Ext4(volume) => volume.trim(),
            Self::Ext2(volume) => volume.trim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, process::Command};

    use super::*;

    const MIB: u64 = 1 << 20;

    /// What `e2fsck` says of an image when it changes nothing; `None`: it is not there.
    fn check(image: &Path) -> Option<(bool, String)> {
        let output = Command::new("/usr/sbin/e2fsck").arg("-fn").arg(image).output().ok()?;
        let said = [output.stdout, output.stderr].concat();
        Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }

    fn assert_clean(image: &Path) {
        if let Some((clean, said)) = check(image) {
            assert!(clean, "{said}");
        }
    }

    fn live(mut volume: Volume, image: &Path) {
        let time = Timestamp::from_second(1_790_000_000).unwrap();
        let bytes = |length: u64, fill| Content::Bytes(vec![fill; length as usize]);
        let put = |path: &str, content| Step::Put(path.to_owned(), content);
        assert_clean(image);
        let mut steps: Vec<_> = (0..300)
            .map(|at| put(&format!("/usr/bin/program-{at:03}"), bytes(at * 50, 7)))
            .collect();
        // Large enough for a block of blocks of numbers.
        steps.push(put("/boot/kernel", bytes(6 * MIB, 8)));
        steps.push(put("/top", bytes(1, 9)));
        volume.apply(&steps, time).unwrap();
        assert_clean(image);
        let upgrade = [
            put("/boot/kernel", bytes(5 * MIB, 1)),
            put("/usr/bin/program-100", bytes(9000, 2)),
            put("/usr/bin/program-100", bytes(9001, 3)),
            Step::Remove("/usr/bin/program-101".to_owned()),
            Step::Remove("/usr/bin/never-there".to_owned()),
        ];
        volume.apply(&upgrade, time).unwrap();
        assert_clean(image);
        volume.trim().unwrap();
        assert_clean(image);
    }

    #[test]
    fn both_kinds_are_whole_after_every_change() {
        let folder = tempfile::tempdir().unwrap();
        let time = Timestamp::from_second(1_780_000_000).unwrap();
        for size in [32 * MIB, 130 * MIB, 256 * MIB] {
            let path = folder.path().join("hand.img");
            let image = Image::create(path.clone(), size).unwrap();
            live(Volume::Ext2(Ext2::create(image, "hand", size, time).unwrap()), &path);
            if ext4::is_there() {
                let path = folder.path().join("tools.img");
                let image = Image::create(path.clone(), size).unwrap();
                live(Volume::Ext4(Ext4::create(image, "tools", size, time).unwrap()), &path);
            }
        }
    }
}
