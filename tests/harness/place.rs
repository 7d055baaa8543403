//! A data directory of a test's own, with its clock, its randomness and its stores.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{
    Access, AttachRequest, Changing, Created, Engine, Error, NoProgress, Options, RebuildReport,
    SnapshotRequest, StoreOpener,
};
use object_store::{ObjectStore, local::LocalFileSystem};
use shared::{Disk, Sku, SnapshotKind, Tags};
use tempfile::TempDir;
use url::Url;

use crate::{clock::TestClock, seeded::Seeded};

/// Opens `file://` URLs without a sync after every object: no test pulls the plug.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuickOpener;

impl StoreOpener for QuickOpener {
    fn open(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, String> {
        let folder = url.to_file_path().map_err(|()| format!("{url} is no folder"))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
        Ok(Arc::new(store))
    }
}

/// A folder with a data directory `data` and the images that its disks are.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    options: Options,
}

impl Place {
    /// An empty one; the same seed gives the same ids.
    pub fn new(seed: u64) -> io::Result<Self> {
        Self::with_opener(seed, Arc::new(QuickOpener))
    }

    /// An empty one whose stores come from `opener`.
    pub fn with_opener(seed: u64, opener: Arc<dyn StoreOpener>) -> io::Result<Self> {
        // In memory where that can be had: most of a run would be spent on the catalog's syncs.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let options = Options {
            access: Access::Exclusive,
            opener,
            clock: Arc::new(TestClock::default()),
            random: Arc::new(Seeded::new(seed)),
            ..Options::default()
        };
        Ok(Self { folder, options })
    }

    /// A file or folder beside the data directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Where the embedded default keeps its objects.
    pub fn store(&self) -> PathBuf {
        self.data().join("store")
    }

    /// How the data directory is opened: alone.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Changes how the data directory is opened from now on.
    pub const fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Opens the data directory.
    pub async fn open(&self) -> Result<Engine, Error> {
        Engine::open(&self.data(), self.options.clone()).await
    }

    /// Opens the data directory with another opener, this once.
    pub async fn open_with(&self, opener: Arc<dyn StoreOpener>) -> Result<Engine, Error> {
        Engine::open(&self.data(), Options { opener, ..self.options.clone() }).await
    }

    /// Makes the catalog again.
    pub async fn rebuild(&self) -> Result<RebuildReport, Error> {
        Engine::rebuild(&self.data(), self.options.clone()).await
    }

    /// Every object's path below the store, in order, with its length.
    pub fn objects(&self) -> io::Result<Vec<(String, u64)>> {
        files_below(&self.store())
    }

    /// Length of all files below the store.
    pub fn store_bytes(&self) -> io::Result<u64> {
        Ok(self.objects()?.iter().map(|(_, length)| length).sum())
    }
}

/// Every file below a folder, by its path from there, in order, with its length.
pub fn files_below(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let name = path.strip_prefix(folder).map_err(io::Error::other)?;
                found.push((name.to_string_lossy().into_owned(), entry.metadata()?.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies a folder with all that is below it.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, _) in files_below(from)? {
        let target = to.join(&name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from.join(&name), target)?;
    }
    Ok(())
}

/// Attaches an image under a name.
pub async fn attach(engine: &Engine, name: &str, image: &Path) -> Result<Disk, Error> {
    let path = name.parse()?;
    let image = image.to_owned();
    engine
        .attach(AttachRequest {
            id: None,
            path,
            image,
            sku: Sku::PremiumLrs,
            snapshot_sku: None,
            tags: Tags::default(),
        })
        .await
}

/// Takes an incremental snapshot of a disk.
pub async fn take(engine: &Engine, disk: &str, name: &str) -> Result<Created, Error> {
    Box::pin(take_kind(engine, disk, name, SnapshotKind::Incremental, None)).await
}

/// Takes a snapshot of any kind, on any storage.
pub async fn take_kind(
    engine: &Engine,
    disk: &str,
    name: &str,
    kind: SnapshotKind,
    sku: Option<Sku>,
) -> Result<Created, Error> {
    let disk = disk.to_owned();
    let name = Some(name.parse()?);
    let tags = Tags::default();
    let request =
        SnapshotRequest { disk, id: None, name, kind, sku, tags, changing: Changing::Refused };
    Box::pin(engine.create_snapshot(request, Arc::new(NoProgress))).await
}
