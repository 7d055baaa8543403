//! One command measured: how long, how much work, how much memory, and who else was busy.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{
    bytes::Bytes,
    child::{self, Usage},
    place::Place,
};

/// The words by which the bench starts itself as the process in between.
pub(super) const CHILD: &str = "--child";

/// One measured run of a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) usage: Usage,
    /// How many cores were busy for others meanwhile, the kernel's writing included.
    pub(super) others: f64,
    /// What the run added to where it stores, where that is looked at.
    pub(super) stored: Option<Bytes>,
}

impl Sample {
    pub(super) fn storing(self, stored: Bytes) -> Self {
        Self { stored: Some(stored), ..self }
    }
}

/// Who makes sure that what was written is on the disk. It is measured in either case.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sync<'a> {
    /// The program; or it writes nothing.
    Itself,
    /// A sync of this file when the program has ended.
    After(&'a Path),
}

/// Where what the last measured command printed is.
pub(super) fn output(place: &Place) -> PathBuf {
    place.folder().join("output")
}

/// Runs a command and measures it; everything written before is on the disk by then.
pub(super) fn measure(place: &Place, command: &Command, sync: Sync<'_>) -> Result<Sample> {
    let figures = place.folder().join("figures");
    let complaints = place.folder().join("complaints");
    let mut child = Command::new(env::current_exe().context("find this program")?);
    child.args(["bench", CHILD]).arg(&figures);
    match sync {
        Sync::Itself => child.arg(child::NOTHING),
        Sync::After(file) => child.arg(file),
    };
    child.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        child.current_dir(folder);
    }
    let create =
        |path: &Path| File::create(path).with_context(|| format!("make {}", path.display()));
    child.stdin(Stdio::null()).stdout(create(&output(place))?).stderr(create(&complaints)?);
    place.settle()?;
    let before = busy()?;
    let status = child.status().context("start the process in between")?;
    let busy = busy()?.saturating_sub(before);
    if !status.success() {
        let said = fs::read_to_string(&complaints).unwrap_or_default();
        let last: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        bail!("{}", last[last.len().saturating_sub(2)..].join("; "));
    }
    let usage = Usage::read(&figures)?;
    let others = busy.saturating_sub(usage.cpu).as_secs_f64() / usage.wall.as_secs_f64();
    Ok(Sample { usage, others, stored: None })
}

/// How long all cores together were busy since the machine started.
fn busy() -> Result<Duration> {
    let text = fs::read_to_string("/proc/stat").context("ask how busy the machine is")?;
    busy_in(&text).context("read how busy the machine is")
}

/// `cpu user nice system idle iowait irq softirq steal …`, in hundredths of a second.
fn busy_in(text: &str) -> Option<Duration> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let numbers: Vec<u64> = line.split_whitespace().map_while(|it| it.parse().ok()).collect();
    let idle = numbers.get(3)? + numbers.get(4)?;
    Some(Duration::from_millis((numbers.iter().take(8).sum::<u64>() - idle) * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_waiting_cores_are_not_busy() {
        let text = "cpu  100 1 50 9000 700 3 2 4 0 0\ncpu0 1 1 1 1\n";
        assert_eq!(busy_in(text), Some(Duration::from_millis(1600)));
        assert_eq!(busy_in("intr 1 2 3\n"), None);
        assert!(busy().unwrap() > Duration::ZERO);
    }
}
