//! A process between the bench and the program that is measured, so that its figures are its own.
//!
//! What the system says of ended children is a sum over all of them, and a child's peak of memory
//! counts what its parent held when it was started. This process is small, and has one child.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};

use super::bytes::Bytes;

/// In place of a file to sync: the program syncs what it writes by itself.
pub(super) const NOTHING: &str = "-";

/// What one program took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// From its start until it ended and the file was synced.
    pub(super) wall: Duration,
    /// Its time on all cores, the kernel's for it included.
    pub(super) cpu: Duration,
    /// The most memory that was resident at once.
    pub(super) peak: Bytes,
}

/// Runs a program to its end, syncs the file that it wrote, and notes in `figures` what it took.
pub(super) fn run(arguments: &[&str]) -> Result<()> {
    let [figures, synced, program, arguments @ ..] = arguments else {
        anyhow::bail!("this is for the bench alone: see `cargo xtask bench --help`");
    };
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let status = status.with_context(|| format!("start {program}"))?;
    ensure!(status.success(), "{program}: {status}");
    if *synced != NOTHING {
        let file = File::open(synced).with_context(|| format!("open {synced}"))?;
        file.sync_all().with_context(|| format!("sync {synced}"))?;
    }
    let wall = start.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("ask what the program took")?;
    let time = |time: TimeVal| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000);
    let cpu = time(usage.user_time()) + time(usage.system_time());
    let usage = Usage { wall, cpu, peak: Bytes::kib(usage.max_rss() as u64) };
    fs::write(figures, usage.to_line()).with_context(|| format!("write {figures}"))
}

impl Usage {
    fn to_line(self) -> String {
        format!("{} {} {}", self.wall.as_micros(), self.cpu.as_micros(), self.peak.0)
    }

    /// What a run noted.
    pub(super) fn read(figures: &Path) -> Result<Self> {
        let text = fs::read_to_string(figures).context("read what the program took")?;
        let mut numbers = text.split(' ').map(str::parse::<u64>);
        let mut next = || numbers.next().and_then(Result::ok).context("read what it took");
        Ok(Self {
            wall: Duration::from_micros(next()?),
            cpu: Duration::from_micros(next()?),
            peak: Bytes(next()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_takes_is_noted() {
        let folder = tempfile::tempdir().unwrap();
        let figures = folder.path().join("figures");
        let figures = figures.to_str().unwrap();
        run(&[figures, NOTHING, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"])
            .unwrap();
        let usage = Usage::read(Path::new(figures)).unwrap();
        assert!(usage.wall > Duration::ZERO && usage.cpu > Duration::ZERO, "{usage:?}");
        assert!((Bytes::kib(100)..Bytes::gib(1)).contains(&usage.peak), "{usage:?}");
    }

    #[test]
    fn a_failure_leaves_no_figures() {
        let folder = tempfile::tempdir().unwrap();
        let figures = folder.path().join("figures");
        let error = run(&[figures.to_str().unwrap(), NOTHING, "false"]).unwrap_err();
        assert_eq!(error.to_string(), "false: exit status: 1");
        assert!(!figures.exists());
    }
}
