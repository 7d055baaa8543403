//! One zone's store of one pool, and how its URL is opened.

use std::{fmt, path::PathBuf, sync::Arc};

use object_store::{ObjectStore, local::LocalFileSystem, prefix::PrefixStore};
use shared::{Name, Pool, ZoneId};
use url::Url;

use super::{StoreError, key::zone_prefix};

/// A zone as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneConfig {
    /// The zone's name in its region.
    pub name: Name,
    /// Where its objects are: `file:///folder`.
    pub url: Url,
}

/// Opens the object store at a URL; tests put faults between.
pub trait StoreOpener: fmt::Debug + Send + Sync {
    /// The store at `url`, or why there is none.
    fn open(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, String>;
}

/// Opens `file://` URLs, durably: every object is synced before it has its name.
#[derive(Debug, Clone, Copy, Default)]
pub struct UrlOpener;

impl StoreOpener for UrlOpener {
    fn open(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, String> {
        let folder = local_folder(url).ok_or_else(|| format!("{url} is not a file:// URL"))?;
        if !folder.is_dir() {
            return Err(format!("there is no folder {}", folder.display()));
        }
        let store = LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| format!("cannot open {}: {error}", folder.display()))?;
        Ok(Arc::new(store.with_fsync(true).with_automatic_cleanup(true)))
    }
}

/// The folder that a `file://` URL names.
pub(crate) fn local_folder(url: &Url) -> Option<PathBuf> {
    if url.scheme() == "file" { url.to_file_path().ok() } else { None }
}

/// One zone's store of one pool.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) pool: Pool,
    pub(crate) name: Name,
    pub(crate) url: Url,
    /// The id it was registered under, once it was checked.
    pub(super) registered: Option<ZoneId>,
    store: Result<Arc<dyn ObjectStore>, String>,
}

impl Zone {
    /// Opens the zone's store of a pool; one that cannot be opened is down.
    pub(crate) fn open(pool: &Pool, config: &ZoneConfig, opener: &dyn StoreOpener) -> Self {
        let prefix = zone_prefix(pool, &config.name);
        let store = opener.open(&config.url).map(|store| {
            let prefixed: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(store, prefix));
            prefixed
        });
        let (pool, name, url) = (pool.clone(), config.name.clone(), config.url.clone());
        Self { pool, name, url, registered: None, store }
    }

    /// The store, or the reason why the zone is down.
    pub(crate) fn store(&self) -> Result<&dyn ObjectStore, StoreError> {
        match &self.store {
            Ok(store) => Ok(store.as_ref()),
            Err(reason) => Err(self.down(reason.clone())),
        }
    }

    /// Says why the zone is down.
    pub(super) fn down(&self, reason: String) -> StoreError {
        StoreError::ZoneDown { pool: self.pool.clone(), zone: self.name.clone(), reason }
    }

    /// Takes the zone out of use until the data directory is opened again.
    pub(crate) fn set_down(&mut self, reason: String) {
        self.store = Err(reason);
    }

    /// Its folder, where it is on this machine.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        let prefix = zone_prefix(&self.pool, &self.name);
        local_folder(&self.url).map(|root| root.join(prefix.as_ref()))
    }
}
