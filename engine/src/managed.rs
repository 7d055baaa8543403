//! A managed disk's own files: what it is based on, and the blocks that were written since.
//!
//! `D/disks/<disk>/` holds a lock, a small state that is replaced whole, and a folder for each
//! layer. Writes go into the newest layer, in place; a block is looked for in the newest layer
//! first, then in older ones, then in the base, and where it is nowhere it is zeros. A snapshot
//! begins with a new layer: the ones below it are then *frozen*, and no write changes them again.

mod below;
mod gates;
mod layer;
mod stack;
mod state;

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use nix::errno::Errno;
use shared::{DiskId, Name};

pub(crate) use below::{Bases, Chunks, chunks_named, chunks_of};
pub(crate) use gates::{Gates, Hold};
pub(crate) use layer::{LeafMap, Run};
pub(crate) use stack::Stack;
pub(crate) use state::{Base, Freezing, State};

use crate::{Access, directory::Directory, error::Error};
use layer::Layer;

/// Layers side by side from which on the oldest are put together.
const LAYERS: usize = 8;

/// The files of one managed disk.
#[derive(Debug, Clone)]
pub(crate) struct ManagedDisk {
    pub(crate) id: DiskId,
    /// What people know it by, for messages.
    pub(crate) name: Name,
    folder: PathBuf,
    gate: gates::Gate,
}

impl ManagedDisk {
    pub(crate) fn new(directory: &Directory, gates: &Gates, id: DiskId, name: Name) -> Self {
        Self { id, name, folder: directory.disk(id), gate: gates.of(id) }
    }

    /// Makes the files of a new disk. It is there when its state is.
    pub(crate) fn create(&self, base: Option<Base>) -> Result<(), Error> {
        let state = State { disk_id: self.id, base, layers: vec![1], kept: 0, freezing: None };
        fs::create_dir_all(&self.folder).map_err(self.failed("make"))?;
        let made = Layer::create(&self.folder, self.id, 1)
            .and_then(|_| state.replace(&self.folder))
            .and_then(|()| self.folder.ancestors().skip(1).take(2).try_for_each(sync_folder));
        made.map_err(self.failed("write"))
    }

    /// Waits until nobody writes; alone: until nobody reads either.
    pub(crate) async fn hold(&self, access: Access) -> Result<Hold, Error> {
        let file = self.folder.join("lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
        let file = open.map_err(|error| self.damaged(&error))?;
        self.gate.hold(file, access).await.map_err(self.failed("lock"))
    }

    /// What is known of the disk; it may change when nobody holds it.
    pub(crate) fn state(&self) -> Result<State, Error> {
        State::read(&self.folder, self.id).map_err(|error| self.damaged(&error))
    }

    /// Puts another state in its place, and then removes the layers that it does not name. The
    /// caller holds the disk alone.
    pub(crate) fn replace(&self, state: &State) -> Result<(), Error> {
        state.replace(&self.folder).map_err(self.failed("write"))?;
        self.sweep(state);
        Ok(())
    }

    /// Removes layers that a crash left, or that are in a snapshot now. What stays is in nobody's
    /// way.
    fn sweep(&self, state: &State) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let generation = name.to_str().and_then(layer::parse_name);
            if generation.is_some_and(|it| !state.layers.contains(&it)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Begins a new layer on top of the others. The caller holds the disk alone.
    pub(crate) fn begin_layer(&self, state: &mut State) -> Result<(), Error> {
        let generation = state.active() + 1;
        let folder = layer::folder(&self.folder, generation);
        if folder.exists() {
            // A crash left it: no state names it.
            fs::remove_dir_all(&folder).map_err(self.failed("empty"))?;
        }
        Layer::create(&self.folder, self.id, generation).map_err(self.failed("write"))?;
        state.layers.insert(0, generation);
        Ok(())
    }

    /// Puts the oldest frozen layers together where there are many, as when no incremental snapshot
    /// takes their place: every read looks into all of them. The caller holds the disk alone, and
    /// no snapshot is being taken.
    pub(crate) fn merge_layers(&self, state: &mut State) -> Result<(), Error> {
        while state.layers.len() > LAYERS {
            // What is in a snapshot and what is not are told apart by their layers.
            let frozen = state.layers[1..].iter().zip(&state.layers[2..]);
            let mergeable =
                |(upper, lower): &(&u64, &u64)| (**upper <= state.kept) == (**lower <= state.kept);
            let Some((&upper, &lower)) = frozen.rev().find(mergeable) else { break };
            let merged = self.open(upper)?.copy_into(&self.open(lower)?);
            merged.map_err(self.failed("write"))?;
            state.layers.retain(|&generation| generation != upper);
        }
        Ok(())
    }

    /// The layers of some generations, the newest first.
    pub(crate) fn stack(&self, generations: &[u64]) -> Result<Stack, Error> {
        let open = |&generation: &u64| self.open(generation);
        Ok(Stack::new(self.folder.clone(), generations.iter().map(open).collect::<Result<_, _>>()?))
    }

    fn open(&self, generation: u64) -> Result<Layer, Error> {
        Layer::open(&self.folder, self.id, generation).map_err(|error| {
            match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EMFILE | Errno::ENFILE) => self.failed("open")(error),
                _ => self.damaged(&error),
            }
        })
    }

    /// Bytes of blocks that are in no snapshot.
    pub(crate) fn dirty_bytes(&self) -> Result<u64, Error> {
        let state = self.state()?;
        let unkept: Vec<u64> =
            state.layers.iter().copied().filter(|&generation| generation > state.kept).collect();
        let blocks = self.stack(&unkept)?.count().map_err(self.failed("read"))?;
        Ok(blocks * shared::BLOCK_BYTES)
    }

    /// Removes all of it. The caller holds the disk alone.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed("remove")(error))
            }
            _ => Ok(()),
        }
    }

    /// Whether it has any files.
    pub(crate) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// Whether it has a state: from then on it is there.
    pub(crate) fn has_state(&self) -> bool {
        self.folder.join("state").exists()
    }

    /// An error of the system in the disk's folder.
    pub(crate) fn failed(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error + '_ {
        crate::directory::failed(action, &self.folder)
    }

    fn damaged(&self, what: &dyn fmt::Display) -> Error {
        let (disk, path) = (self.name.clone(), self.folder.clone());
        Error::DiskDamaged { disk, path, what: what.to_string() }
    }
}

/// The disks that have files in a data directory, whether they are known or not.
pub(crate) fn folders(directory: &Directory) -> Result<Vec<DiskId>, Error> {
    let folder = directory.disks();
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(crate::directory::failed("list", &folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(crate::directory::failed("list", &folder))?;
        found.extend(entry.file_name().to_str().and_then(|name| name.parse::<DiskId>().ok()));
    }
    found.sort();
    Ok(found)
}

/// Runs work that waits for files on a thread where that is no harm. It runs to its end also when
/// nobody waits for it any more.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Makes what a folder names last.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
