//! An operating system's disk: real files, security updates day by day, a larger update and a new
//! kernel every week, journals that come and go.

use std::{collections::VecDeque, fs, path::Path};

use anyhow::Result;
use jiff::{Timestamp, civil::Date};

use super::{
    chance::Chance,
    clock::civil,
    logs,
    packages::{self, Package},
    volume::{Content, Step, Volume},
};

/// How many journals and kernels are kept.
const KEPT_JOURNALS: usize = 14;
const KEPT_KERNELS: usize = 2;

/// An operating system's disk.
#[derive(Debug)]
pub(super) struct System {
    volume: Volume,
    chance: Chance,
    packages: Vec<Package>,
    /// Bytes of a kernel with its initial file system.
    kernel_bytes: u64,
    release: u64,
    kernels: VecDeque<u64>,
    journals: VecDeque<Date>,
    history: String,
}

impl System {
    /// Installs it on an empty file system, with files of about so many bytes.
    pub(super) fn install(volume: Volume, bytes: u64, time: Timestamp, seed: u64) -> Result<Self> {
        let kernel_bytes = bytes / 24;
        let mut system = Self {
            volume,
            chance: Chance::new(seed),
            packages: packages::pick(bytes - 2 * kernel_bytes),
            kernel_bytes,
            release: 20,
            kernels: VecDeque::new(),
            journals: VecDeque::new(),
            history: String::new(),
        };
        let files = system.packages.iter().flat_map(|package| &package.files);
        let mut steps: Vec<_> = files
            .filter_map(|path| {
                Some(Step::Put(path.to_str()?.to_owned(), Content::Copy(path.clone())))
            })
            .collect();
        system.add_kernel(&mut steps);
        system.volume.apply(&steps, time)?;
        Ok(system)
    }

    /// A day: its journal, the oldest one's end, and mostly a security update.
    pub(super) fn live_a_day(&mut self, time: Timestamp) -> Result<()> {
        let mut steps = Vec::new();
        let day = civil(time).date();
        let bytes = self.kernel_bytes / 16;
        let text = logs::text(time, bytes, &mut self.chance);
        steps.push(Step::Put(journal(day), Content::Bytes(text)));
        self.journals.push_back(day);
        if self.journals.len() > KEPT_JOURNALS
            && let Some(old) = self.journals.pop_front()
        {
            steps.push(Step::Remove(journal(old)));
        }
        let upgrades = self.chance.below(3);
        self.upgrade(upgrades, time, &mut steps);
        self.volume.apply(&steps, time)
    }

    /// The week's update: a tenth of all packages, a kernel, and the free blocks given back.
    pub(super) fn update(&mut self, time: Timestamp) -> Result<()> {
        let mut steps = Vec::new();
        self.upgrade(self.packages.len() as u64 / 10, time, &mut steps);
        self.add_kernel(&mut steps);
        self.volume.apply(&steps, time)?;
        self.volume.trim()
    }

    /// Upgrades some packages, and notes it where Debian does.
    fn upgrade(&mut self, count: u64, time: Timestamp, steps: &mut Vec<Step>) {
        for _ in 0..count {
            let number = self.chance.below(self.packages.len().max(1) as u64) as usize;
            let Some(package) = self.packages.get(number) else { return };
            for path in &package.files {
                let (Some(name), Some(bytes)) = (path.to_str(), read(path)) else { continue };
                let bytes = revise(bytes, &mut self.chance);
                steps.push(Step::Put(name.to_owned(), Content::Bytes(bytes)));
            }
            let line = format!("{} upgrade package-{number} {}\n", civil(time), self.release);
            self.history.push_str(&line);
        }
        if count > 0 {
            let history = self.history.clone().into_bytes();
            steps.push(Step::Put("/var/log/dpkg.log".to_owned(), Content::Bytes(history)));
        }
    }

    /// Brings a kernel, and lets the one before the last go.
    fn add_kernel(&mut self, steps: &mut Vec<Step>) {
        self.release += 1;
        let mut bytes = vec![0; self.kernel_bytes as usize];
        // Kernels come compressed: nobody makes them smaller.
        for eight in bytes.chunks_mut(8) {
            eight.copy_from_slice(&self.chance.next().to_le_bytes()[..eight.len()]);
        }
        steps.push(Step::Put(kernel(self.release), Content::Bytes(bytes)));
        self.kernels.push_back(self.release);
        if self.kernels.len() > KEPT_KERNELS
            && let Some(old) = self.kernels.pop_front()
        {
            steps.push(Step::Remove(kernel(old)));
        }
    }
}

fn kernel(release: u64) -> String {
    format!("/boot/vmlinuz-6.12.{release}")
}

fn journal(day: Date) -> String {
    format!("/var/log/journal/system-{day}.log")
}

/// A file that went away since it was picked is left as it is on the disk.
fn read(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

/// The next version of a file: some of it as it was, some of it shifted, as code is when a
/// compiler adds a line.
fn revise(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    for page in bytes.chunks_mut(4096) {
        if chance.below(5) < 2 {
            let shift = chance.below(page.len() as u64) as usize;
            page.rotate_left(shift);
        }
    }
    bytes
}
