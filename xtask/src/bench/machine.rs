//! The machine that was measured on, as it tells of itself.

use std::{fs, path::Path, thread};

use anyhow::{Context as _, Result};

use super::{bytes::Bytes, programs::Program};
use crate::sh;

/// What a reader needs to judge the figures.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) date: String,
    /// The skikt that was measured.
    pub(super) program: String,
    pub(super) processor: String,
    pub(super) cores: usize,
    pub(super) memory: Bytes,
    pub(super) system: String,
    /// Of the folder that all sides share.
    pub(super) file_system: String,
    /// Programs that wanted to run, on average, in the minute before.
    pub(super) load: String,
    pub(super) versions: Vec<String>,
}

impl Machine {
    /// Asks the machine and the programs.
    pub(super) fn look(folder: &Path, program: String, programs: &[&Program]) -> Result<Self> {
        let read = |path: &str| fs::read_to_string(path).with_context(|| format!("read {path}"));
        let memory = field(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
        let kib: u64 = memory.trim_end_matches(" kB").parse().context("read the memory's size")?;
        let ask = |program: &str, arguments: &[&str]| {
            sh::output(sh::command(program)?.args(arguments).env("LC_ALL", "C"))
        };
        let folder = folder.display().to_string();
        Ok(Self {
            date: ask("date", &["-u", "+%F %H:%MZ"])?,
            program,
            processor: field(&read("/proc/cpuinfo")?, "model name").unwrap_or_default(),
            cores: cores()?,
            memory: Bytes::kib(kib),
            system: ask("uname", &["-srm"])?,
            file_system: ask("df", &["--output=fstype", &folder])?
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned(),
            load: read("/proc/loadavg")?.split(' ').next().unwrap_or_default().to_owned(),
            versions: programs.iter().map(|it| it.version()).collect::<Result<_>>()?,
        })
    }

    /// The same for people, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        vec![
            format!("{}, {}, load {}", self.date, self.program, self.load),
            format!(
                "{}, {} cores, {}, {}, {}",
                self.processor, self.cores, self.memory, self.system, self.file_system
            ),
            self.versions.join("; "),
        ]
    }
}

/// How many threads run at once.
pub(super) fn cores() -> Result<usize> {
    Ok(thread::available_parallelism().context("count the cores")?.get())
}

/// The first value of a name, of lines `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        let text = "processor\t: 0\nmodel name\t: A processor @ 2 GHz\nMemTotal:  100 kB\n";
        assert_eq!(field(text, "model name").as_deref(), Some("A processor @ 2 GHz"));
        assert_eq!(field(text, "MemTotal").as_deref(), Some("100 kB"));
        assert_eq!(field(text, "model"), None);
    }

    #[test]
    fn this_machine_tells_of_itself() {
        let programs = [&crate::bench::programs::CP];
        let machine = Machine::look(Path::new("/"), "skikt".to_owned(), &programs).unwrap();
        assert!(machine.memory > Bytes::mib(1) && machine.cores > 0, "{machine:?}");
        assert_eq!(machine.lines().len(), 3);
    }
}
