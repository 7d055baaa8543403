//! An ext4 file system in a file, made and changed by e2fsprogs: neither root nor a mount is needed.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use super::{bytes::Bytes, files, programs};

/// A file system's identity, so that every run makes the same bytes.
const UUID: &str = "5b1d0c3e-7a42-4f6e-9d38-2f6c0a9e4b71";

/// The time that files are given.
const TIME: &str = "1780000000";

/// A file system on an image.
#[derive(Clone, Debug)]
pub(super) struct Ext4 {
    image: PathBuf,
    folders: BTreeSet<String>,
    files: BTreeSet<String>,
}

/// A file that is put into a file system: its path there, and where its bytes are.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) path: String,
    pub(super) from: PathBuf,
}

impl Ext4 {
    /// Makes an empty one; its inode tables stay holes until they are used.
    pub(super) fn create(image: &Path, size: Bytes) -> Result<Self> {
        files::make_hole(image, size)?;
        let mut make = programs::MKE2FS.command()?;
        make.args(["-q", "-F", "-t", "ext4", "-b", "4096", "-U", UUID]);
        make.arg("-E").arg(format!("hash_seed={UUID},lazy_itable_init=1,nodiscard"));
        run(make.arg(image))?;
        let image = image.to_path_buf();
        Ok(Self { image, folders: BTreeSet::new(), files: BTreeSet::new() })
    }

    /// The same file system on a copy of its image.
    pub(super) fn on(&self, copy: &Path) -> Self {
        Self { image: copy.to_path_buf(), ..self.clone() }
    }

    /// Puts files in. One that is there is written anew beside the old one, which then goes: as
    /// packages are upgraded.
    pub(super) fn put(&mut self, files: &[Put]) -> Result<()> {
        let mut script = String::new();
        let mut place = None;
        for Put { path, from } in files {
            let (folder, name) = path.rsplit_once('/').context("find a file's folder")?;
            if self.make_folders(folder, &mut script) || place != Some(folder) {
                // The root is `/`, though its name in a path is empty.
                let _ = writeln!(script, "cd {folder}/");
                place = Some(folder);
            }
            let from = from.display();
            if self.files.insert(path.clone()) {
                let _ = writeln!(script, "write {from} {name}");
            } else {
                // `ln` and `unlink` leave the count of links alone: together they rename.
                let _ = writeln!(script, "write {from} {name}.new\nrm {name}");
                let _ = writeln!(script, "ln {name}.new {name}\nunlink {name}.new");
            }
        }
        let commands = self.image.with_extension("commands");
        fs::write(&commands, script).context("write down what debugfs is to do")?;
        let mut debugfs = programs::DEBUGFS.command()?;
        run(debugfs.args(["-w", "-f"]).arg(&commands).arg(&self.image))?;
        fs::remove_file(&commands).context("remove what debugfs was to do")
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
}

/// Runs a program. `debugfs` tells of failed commands on its standard error and ends well all the
/// same.
fn run(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    command.env("E2FSPROGS_FAKE_TIME", TIME).env("LC_ALL", "C");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let complaint = said.lines().find(|line| !line.starts_with("debugfs ") && !line.is_empty());
    ensure!(output.status.success(), "{name}: {}: {}", output.status, said.trim());
    ensure!(complaint.is_none(), "{name}: {}", complaint.unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sh;

    #[test]
    fn a_file_that_is_put_twice_is_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut volume = Ext4::create(&path("disk"), Bytes::mib(16)).unwrap();
        for (name, text) in [("old", "old\n"), ("new", "new\n")] {
            fs::write(path(name), text).unwrap();
            let put = |to: &str| Put { path: to.to_owned(), from: path(name) };
            volume.put(&[put("/usr/bin/tool"), put("/top")]).unwrap();
        }
        let mut debugfs = programs::DEBUGFS.command().unwrap();
        debugfs.args(["-R", "cat /usr/bin/tool"]).arg(path("disk"));
        assert_eq!(sh::output(&mut debugfs).unwrap(), "new");
        let mut check = Command::new(sh::find("e2fsck").unwrap());
        sh::quietly(check.args(["-f", "-n"]).arg(path("disk"))).unwrap();
        assert!(!path("disk.commands").exists());
    }
}
