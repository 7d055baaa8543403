//! A real ext4 file system, made and changed by e2fsprogs (`mke2fs`, `debugfs`, `dumpe2fs`), which
//! need neither root nor a mount.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;

use super::{Content, Step};
use crate::demo::image::{Image, Writes};

/// Length of a file system's block.
const BLOCK: u64 = 4096;

/// The programs that are used.
const PROGRAMS: [&str; 3] = ["mke2fs", "debugfs", "dumpe2fs"];

/// A file system's identity, so that the same seed makes the same bytes.
const UUID: &str = "5b1d0c3e-7a42-4f6e-9d38-2f6c0a9e4b71";

/// A file system that e2fsprogs look after.
#[derive(Debug)]
pub(in crate::demo) struct Ext4 {
    image: Image,
    folders: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// Whether this machine has what it takes.
pub(super) fn is_there() -> bool {
    PROGRAMS.iter().all(|program| find(program).is_some())
}

impl Ext4 {
    /// Makes one; its inode tables stay holes until they are used.
    pub(super) fn create(image: Image, label: &str, size: u64, time: Timestamp) -> Result<Self> {
        let mut make = program("mke2fs", time)?;
        make.args(["-q", "-F", "-t", "ext4", "-b", "4096", "-L", label, "-U", UUID]);
        let journal = format!("size={}", (size >> 27).clamp(4, 16));
        make.args(["-J", &journal, "-E"]);
        make.arg(format!("hash_seed={UUID},lazy_itable_init=1,nodiscard,root_owner=0:0"));
        run(make.arg(image.path()))?;
        Ok(Self { image, folders: BTreeSet::new(), files: BTreeSet::new() })
    }

    /// Runs one script of `debugfs` that makes all changes.
    pub(super) fn apply(&mut self, steps: &[Step], time: Timestamp) -> Result<()> {
        let staging = Staging::beside(self.image.path())?;
        let mut script = String::new();
        let mut place = None;
        for (number, step) in steps.iter().enumerate() {
            let (Step::Put(path, _) | Step::Remove(path)) = step;
            let (folder, name) = path.rsplit_once('/').context("find a file's folder")?;
            if self.make_folders(folder, &mut script) || place != Some(folder) {
                // The root is `/`, though its name in a path is empty.
                let _ = writeln!(script, "cd {folder}/");
                place = Some(folder);
            }
            match step {
                Step::Put(_, content) => {
                    let source = staging.path_of(content, number)?;
                    let source = source.display();
                    if self.files.insert(path.clone()) {
                        let _ = writeln!(script, "write {source} {name}");
                    } else {
                        // `ln` and `unlink` leave the count of links alone: together they rename.
                        let new = format!("{name}.new");
                        let _ = writeln!(script, "write {source} {new}\nrm {name}");
                        let _ = writeln!(script, "ln {new} {name}\nunlink {new}");
                    }
                }
                Step::Remove(_) => {
                    if self.files.remove(path) {
                        let _ = writeln!(script, "rm {name}");
                    }
                }
            }
        }
        let commands = staging.folder.join("commands");
        fs::write(&commands, script).context("write down what debugfs is to do")?;
        let mut debugfs = program("debugfs", time)?;
        run(debugfs.args(["-w", "-f"]).arg(&commands).arg(self.image.path()))
    }

    /// Makes a folder and those above it; tells whether any was missing.
    fn make_folders(&mut self, folder: &str, script: &mut String) -> bool {
        let before = self.folders.len();
        let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        for end in ends.filter(|&end| end > 0) {
            if self.folders.insert(folder[..end].to_owned()) {
                // `debugfs` takes the root in front of a lone name for where it is.
                let _ = writeln!(script, "cd /\nmkdir {}", &folder[..end]);
            }
        }
        self.folders.len() > before
    }

    /// Makes holes of the blocks that the file system calls free.
    pub(super) fn trim(&mut self) -> Result<()> {
        let mut dump = Command::new(find("dumpe2fs").context("find dumpe2fs")?);
        let output = dump.arg(self.image.path()).stderr(Stdio::null()).output();
        let output = output.context("start dumpe2fs")?;
        ensure!(output.status.success(), "dumpe2fs: {}", output.status);
        let text = String::from_utf8_lossy(&output.stdout);
        let mut writes = Writes::default();
        // `  Free blocks: 8556-8560, 9000`, a line for each group; the total has another indent.
        for list in text.lines().filter_map(|line| line.strip_prefix("  Free blocks: ")) {
            for run in list.split(", ").filter(|run| !run.is_empty()) {
                let (first, last) = run.split_once('-').unwrap_or((run, run));
                let number = |text: &str| text.trim().parse::<u64>().context("read a free block");
                writes.clear(number(first)? * BLOCK..(number(last)? + 1) * BLOCK);
            }
        }
        self.image.apply(&writes)
    }
}

/// A folder for what `debugfs` reads, gone when it has.
struct Staging {
    folder: PathBuf,
}

impl Staging {
    fn beside(image: &Path) -> Result<Self> {
        let folder = image.with_extension("staging");
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(Self { folder })
    }

    fn path_of(&self, content: &Content, number: usize) -> Result<PathBuf> {
        match content {
            Content::Copy(path) => Ok(path.clone()),
            Content::Bytes(bytes) => {
                let path = self.folder.join(number.to_string());
                fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))?;
                Ok(path)
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Left behind, it would only take room until the demo's folder goes.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A program of e2fsprogs that takes a time of the demo for the time now.
fn program(name: &str, time: Timestamp) -> Result<Command> {
    let mut command = Command::new(find(name).with_context(|| format!("find {name}"))?);
    command.env("E2FSPROGS_FAKE_TIME", time.as_second().to_string()).env("LC_ALL", "C");
    Ok(command)
}

/// Root's programs are not on everybody's `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let root_only = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let folders = std::env::split_paths(&path).chain(root_only);
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a program; what it says counts only if it fails. `debugfs` tells of failed commands on
/// its standard error and ends well all the same.
fn run(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let complaint = said.lines().find(|line| !line.starts_with("debugfs ") && !line.is_empty());
    ensure!(output.status.success(), "{name}: {}: {}", output.status, said.trim());
    ensure!(complaint.is_none(), "{name}: {}", complaint.unwrap_or_default());
    Ok(())
}
