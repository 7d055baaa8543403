//! A folder with little room, so that a full disk can be met on purpose.

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::cli::Skikt;

/// Set in a suite that runs inside its own mounts; its value is the folder.
const INSIDE: &str = "SKIKT_TEST_ROOM";

/// How room came to be short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// A small file system: what is full is full.
    FileSystem,
    /// No file may grow past the size, where no file system may be mounted.
    FileSize,
}

/// Runs a test in a folder with room for `kib` KiB.
///
/// The folder is a tmpfs that only this test sees: the suite is started again in mounts of its own,
/// for the one test that `name` gives in full. Where the system does not permit that, a limit on
/// the size of a file takes its place, and it is said aloud.
pub fn with_room(name: &str, kib: u64, test: impl FnOnce(Skikt, Short)) {
    if let Some(folder) = env::var_os(INSIDE) {
        test(Skikt::inside(Path::new(&folder)), Short::FileSystem);
        return;
    }
    let place = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = place.path().to_owned();
    if let Err(reason) = mounted(&folder, kib, &["true".into()]) {
        let said = format!("{name}: no file system may be mounted ({reason}): file size limited\n");
        // Not captured, unlike what the macros print.
        drop(std::io::stderr().write_all(said.as_bytes()));
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", kib * 2);
        let wrapper = ["sh", "-c", &limited].map(str::to_owned).to_vec();
        test(Skikt::inside(&folder).wrapped(wrapper), Short::FileSize);
        return;
    }
    let suite = env::current_exe().expect("a process knows its program");
    let again = [suite, "--exact".into(), name.into(), "--nocapture".into()];
    let done = mounted(&folder, kib, &again);
    let said = done.unwrap_or_else(|said| panic!("with {kib} KiB of room: {said}"));
    assert!(said.contains("1 passed"), "no test is called {name}: {said}");
}

/// Runs a program in mounts of its own, with a tmpfs over the folder.
fn mounted(folder: &Path, kib: u64, program: &[PathBuf]) -> Result<String, String> {
    let mount = format!(
        "mount -t tmpfs -o size={kib}k,mode=0777 none '{}' && exec \"$0\" \"$@\"",
        folder.display()
    );
    let is_root = nix::unistd::Uid::effective().is_root();
    let mut command = Command::new("unshare");
    command.arg("--mount").args((!is_root).then_some("--map-root-user"));
    command.args(["sh", "-c", &mount]).args(program).env(INSIDE, folder);
    let output = command.output().map_err(|error| format!("unshare: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stdout) + &text(&output.stderr))
    }
}
