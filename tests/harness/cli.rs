//! The real `skikt`, run as a user runs it, on a data directory of one test's own.
//!
//! Cargo builds no program for the tests of another package, so the first test that wants it has
//! it built beside the suites, in their profile.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
};

use serde_json::Value;
use shared::{Code, Problem, Snapshot, SnapshotId};
use tempfile::TempDir;

use crate::{
    image::{Image, assert_same},
    running::{Ran, Running},
};

/// Where the program is: beside the folder of the suites.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let suite = env::current_exe().expect("a process knows its program");
    let folder = suite.parent().and_then(Path::parent).expect("suites lie in target/…/deps");
    let program = folder.join(format!("skikt{}", env::consts::EXE_SUFFIX));
    let target = folder.parent().expect("profiles lie in the target folder");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--package", "backend", "--bin", "skikt"]);
    build.arg("--target-dir").arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let built = build.status().expect("cargo runs where its tests run");
    assert!(built.success() && program.is_file(), "{} was not built", program.display());
    program
});

/// The program, and a folder with its data directory `data` and what else a test needs.
///
/// Commands are one text, split at spaces, and run in the folder, so that paths are plain names.
#[derive(Debug)]
pub struct Skikt {
    folder: PathBuf,
    wrapper: Vec<String>,
    place: Vec<String>,
    _temporary: Option<TempDir>,
}

impl Skikt {
    /// A new folder that goes when the value does.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder can be made");
        let folder = temporary.path().to_owned();
        Self { folder, wrapper: Vec::new(), place: data_directory(), _temporary: Some(temporary) }
    }

    /// A folder that is there.
    pub fn inside(folder: &Path) -> Self {
        let (folder, place) = (folder.to_owned(), data_directory());
        Self { folder, wrapper: Vec::new(), place, _temporary: None }
    }

    /// The same folder, its commands asked of a server.
    #[must_use]
    pub fn asking(&self, url: &str) -> Self {
        Self { place: vec!["--server".to_owned(), url.to_owned()], ..Self::inside(&self.folder) }
    }

    /// The same folder, for commands that have a place of their own.
    #[must_use]
    pub fn nowhere(&self) -> Self {
        Self { place: Vec::new(), ..Self::inside(&self.folder) }
    }

    /// The same, run through another program.
    #[must_use]
    pub fn wrapped(self, wrapper: Vec<String>) -> Self {
        Self { wrapper, ..self }
    }

    /// A folder with a disk `web` of `size` random bytes.
    pub fn with_disk(size: u64) -> (Self, Image) {
        let skikt = Self::new();
        let image = skikt.random_image("web.img", size);
        skikt.ok("disk attach web web.img");
        (skikt, image)
    }

    /// A disk `web` in a new folder, and a snapshot of it that stands still amid reading.
    ///
    /// The moment is one at which part of the image was read and part was not. Where the machine
    /// let it slip, it is tried again.
    pub fn with_stopped_snapshot(command: &str) -> (Self, Image, Running) {
        const SIZE: u64 = 48 << 20;
        for _ in 0..50 {
            let skikt = Self::new();
            let image = Image::counted(&skikt.path("web.img"), SIZE);
            skikt.ok("disk attach web web.img");
            let mut running = skikt.start(command);
            if running.stop_after_reading(8 << 20, SIZE - (8 << 20)) {
                return (skikt, image, running);
            }
        }
        panic!("{command} could not be stopped while it reads");
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A file's bytes.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// An image of random bytes in the folder.
    pub fn random_image(&self, name: &str, size: u64) -> Image {
        Image::random(&self.path(name), size, size ^ name.len() as u64)
    }

    /// A command to run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.wrapper.split_first() {
            Some((wrapper, rest)) => {
                let mut command = Command::new(wrapper);
                command.args(rest).arg(&*PROGRAM);
                command
            }
            None => Command::new(&*PROGRAM),
        };
        for name in ["SKIKT_DATA", "SKIKT_SERVER", "SKIKT_LOG"] {
            command.env_remove(name);
        }
        command.current_dir(&self.folder).stdin(Stdio::null());
        command.args(&self.place).args(arguments);
        command
    }

    /// Starts a command.
    pub fn start(&self, command: &str) -> Running {
        self.start_split(&split(command))
    }

    /// Starts a command whose arguments have spaces in them.
    pub fn start_split(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Runs a command to its end, whatever that is.
    pub fn run(&self, command: &str) -> Ran {
        self.start(command).finish()
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub fn ok(&self, command: &str) -> String {
        self.run(command).ok(command)
    }

    /// The same with `--output json`.
    pub fn json(&self, command: &str) -> Value {
        json(&self.ok(&format!("{command} --output json")), command)
    }

    /// Runs a command that must fail with this code, and gives the problem.
    pub fn refused(&self, command: &str, code: Code) -> Problem {
        let ran = self.run(&format!("{command} --output json"));
        let problem = ran.problem(command);
        assert_eq!(problem.code, code, "{command}: {problem:?}");
        problem
    }

    /// Every snapshot, oldest first.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        let list = self.json("snapshot list");
        serde_json::from_value(list["items"].clone()).expect("a list holds snapshots")
    }

    /// The names of all snapshots, oldest first.
    pub fn names(&self) -> Vec<String> {
        self.snapshots().iter().map(|it| it.name.to_string()).collect()
    }

    /// Exports a snapshot and compares it with what the disk held.
    pub fn assert_exports(&self, snapshot: &str, expected: &[u8]) {
        let file = "exported.img";
        self.ok(&format!("export {snapshot} {file}"));
        assert_same(&self.read(file), expected, snapshot);
        fs::remove_file(self.path(file)).expect("an export can be removed");
    }

    /// Nothing is damaged, and once garbage is collected nothing is there that no snapshot needs.
    pub fn assert_whole(&self) {
        self.ok("snapshot verify --all");
        self.ok("gc");
        let plan = self.json("gc --plan");
        assert_eq!(plan["freed_bytes"], 0, "garbage is left: {plan}");
        let snapshots: BTreeSet<SnapshotId> = self.snapshots().iter().map(|it| it.id).collect();
        for file in self.objects() {
            let path = file.to_str().expect("objects have plain names");
            assert!(!path.contains('#'), "half an object is left: {path}");
            assert!(!path.contains("/tombstones/"), "a tombstone is left: {path}");
            let owner = |folder: &str| {
                let (_, rest) = path.split_once(folder)?;
                rest.split(['/', '.']).next()?.parse::<SnapshotId>().ok()
            };
            for id in owner("/manifests/").into_iter().chain(owner("/full/")) {
                assert!(snapshots.contains(&id), "left of a snapshot that is not there: {path}");
            }
        }
    }

    /// Every file of the store.
    pub fn objects(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.path("data/store")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a store can be listed").flatten() {
                let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
                if is_folder { &mut folders } else { &mut files }.push(entry.path());
            }
        }
        files.sort();
        files
    }

    /// The packs that incremental snapshots share, the largest last.
    pub fn packs(&self) -> Vec<PathBuf> {
        let length = |path: &PathBuf| path.metadata().map_or(0, |it| it.len());
        let mut packs = self.objects();
        packs.retain(|path| path.extension().is_some_and(|it| it == "pack"));
        packs.sort_by_key(length);
        packs
    }

    /// Holds a lock of the data directory until what is given is dropped: whoever needs it waits.
    pub fn hold(&self, name: &str) -> File {
        let path = self.path("data").join(name);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        file.lock().expect("nobody else has it");
        file
    }

    /// Takes the catalog away, with what belongs to it.
    pub fn remove_catalog(&self) {
        fs::remove_file(self.path("data/catalog.db")).expect("the catalog is there");
        for suffix in ["-wal", "-shm"] {
            // They are there only where somebody was killed.
            drop(fs::remove_file(self.path(&format!("data/catalog.db{suffix}"))));
        }
    }
}

impl Ran {
    /// What it printed; it must have succeeded.
    pub fn ok(self, what: &str) -> String {
        assert_eq!(self.code, Some(0), "{what}: {}", self.stderr);
        self.stdout
    }

    /// The problem on standard error; it must have failed.
    pub fn problem(&self, what: &str) -> Problem {
        let said = &self.stderr;
        assert_eq!(self.code, Some(1), "{what}: {said}");
        let last = said.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{what}: {error}: {said}"))
    }
}

/// Where commands work if nobody says otherwise.
fn data_directory() -> Vec<String> {
    vec!["--data".to_owned(), "data".to_owned()]
}

/// What a command printed, which must be JSON.
pub fn json(text: &str, what: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"))
}

fn split(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}
