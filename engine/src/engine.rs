//! An open data directory: the one object that every operation is a method of.

mod open;
mod pins;
pub(crate) mod recover;

use std::{collections::BTreeMap, fmt, sync::Arc};

use shared::{Name, Pool, Sku};
use tokio::sync::RwLock;
use url::Url;
use uuid::Uuid;

pub(crate) use open::OpenObjects;
pub(crate) use pins::{Pin, Pins};

use crate::{
    catalog::{Catalog, SnapshotRow},
    clock::{Clock, SystemClock},
    directory::{Access, Directory, Held, Waiting, failed},
    error::Error,
    ids::new_uuid,
    insight::Insight,
    managed::Gates,
    objects::Objects,
    random::{Random, SystemRandom},
    source::Reach,
    store::{PoolStore, Scope, StoreOpener, UrlOpener, Zone, ZoneConfig},
    view::View,
};

/// A region as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionConfig {
    /// The region's name.
    pub name: Name,
    /// Its zones: one, or three for zone-redundant storage.
    pub zones: Vec<ZoneConfig>,
}

/// How a data directory is opened; the default is what the command line does.
#[derive(Clone)]
pub struct Options {
    /// Beside others, or alone.
    pub access: Access,
    /// The regions; empty: the one region `local` with one zone, inside the data directory.
    pub regions: Vec<RegionConfig>,
    /// Opens the zones' stores.
    pub opener: Arc<dyn StoreOpener>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives random bytes.
    pub random: Arc<dyn Random>,
    /// Told when a lock must be waited for.
    pub waiting: Waiting,
    /// Which files the images of attached disks may name.
    pub reach: Reach,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::Shared,
            regions: Vec::new(),
            opener: Arc::new(UrlOpener),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            waiting: Arc::new(|_| {}),
            reach: Reach::Anywhere,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("access", &self.access)
            .field("regions", &self.regions)
            .finish_non_exhaustive()
    }
}

/// An open data directory.
#[derive(Debug)]
pub struct Engine {
    pub(crate) directory: Directory,
    pub(crate) catalog: Catalog,
    pub(crate) pools: BTreeMap<Pool, PoolStore>,
    pub(crate) options: Options,
    /// Held to read by what writes packs, and to write by garbage collection.
    pub(crate) commits: RwLock<()>,
    /// Held to read by what weighs packs, and to write by garbage collection while it moves them.
    pub(crate) moving: RwLock<()>,
    /// The queues for managed disks' files.
    pub(crate) gates: Gates,
    /// Snapshots that are being read, which keeps their bytes.
    pub(crate) pins: Pins,
    /// The pools' objects, as far as they are open.
    pub(crate) open: OpenObjects,
    /// What was computed to be shown.
    pub(crate) insight: Insight,
    pub(crate) lock: Held,
}

impl Engine {
    /// Closes the catalog; everything acknowledged is on disk with or without this.
    pub async fn close(self) {
        self.catalog.close().await;
    }

    /// Writes a server's address where commands that meet its lock find it; `None` takes it out.
    pub fn announce(&self, address: Option<&str>) -> Result<(), Error> {
        self.directory.announce(&self.lock, address)
    }

    /// The store of a pool.
    pub(crate) fn pool(&self, pool: &Pool) -> Result<&PoolStore, Error> {
        let missing = || Error::SkuNotInRegion { region: pool.region.clone(), sku: pool.sku };
        self.pools.get(pool).ok_or_else(missing)
    }

    /// The pool that keeps a region's records, and its snapshots unless somebody says otherwise:
    /// zone-redundant where the region has zones.
    pub(crate) fn default_sku(&self, region: &Name) -> Sku {
        let zrs = Pool { region: region.clone(), sku: Sku::StandardZrs };
        if self.pools.contains_key(&zrs) { Sku::StandardZrs } else { Sku::StandardLrs }
    }

    /// A new id, which sorts by the time it was made.
    pub fn new_uuid(&self) -> Uuid {
        new_uuid(self.options.clock.now(), self.options.random.as_ref())
    }

    /// The objects of a scope, with the index as it is now.
    pub(crate) async fn objects(&self, pool: &Pool, scope: Scope) -> Result<Arc<Objects>, Error> {
        self.open.get(pool, scope).await
    }

    /// The objects of a scope, with nothing remembered: for who must see what is really there.
    pub(crate) async fn objects_anew(
        &self,
        pool: &Pool,
        scope: Scope,
    ) -> Result<Arc<Objects>, Error> {
        self.open.anew(pool, scope).await
    }

    /// A snapshot, by `NAME`, `GROUP/NAME` or id, whose bytes stay until the pin is dropped.
    pub(crate) async fn pinned(&self, text: &str) -> Result<(SnapshotRow, Pin), Error> {
        let row = self.find_snapshot(text).await?;
        let pin = self.pins.pin(&row);
        // It may have been deleted between the two; what is found now stays.
        match self.catalog.snapshot(row.manifest.snapshot_id).await? {
            Some(row) => Ok((row, pin)),
            None => Err(Error::SnapshotNotFound(text.to_owned())),
        }
    }

    /// A snapshot's tree.
    pub(crate) async fn view(&self, row: &SnapshotRow) -> Result<View, Error> {
        let manifest = &row.manifest;
        let scope = scope_of(manifest);
        let objects = self.objects(&manifest.pool, scope).await?;
        Ok(View { objects, size: manifest.size_bytes, root: manifest.root() })
    }
}

/// Which packs and index a snapshot is read through.
pub(crate) fn scope_of(manifest: &crate::manifest::Manifest) -> Scope {
    match manifest.kind {
        shared::SnapshotKind::Incremental => Scope::Shared,
        shared::SnapshotKind::Full => Scope::Full(manifest.snapshot_id),
    }
}

/// Opens the stores of every pool that the regions can have.
pub(crate) fn open_pools(
    directory: &Directory,
    options: &Options,
) -> Result<BTreeMap<Pool, PoolStore>, Error> {
    let regions = if options.regions.is_empty() {
        vec![embedded_region(directory)?]
    } else {
        options.regions.clone()
    };
    let mut pools = BTreeMap::new();
    for region in &regions {
        for sku in Sku::ALL {
            let pool = Pool { region: region.name.clone(), sku };
            let zones = region.zones.iter().take(sku.copies());
            let open = |zone| Zone::open(&pool, zone, options.opener.as_ref());
            let zones: Vec<_> = zones.map(open).collect();
            if zones.len() == sku.copies() {
                pools.insert(pool.clone(), PoolStore { pool, zones });
            }
        }
    }
    Ok(pools)
}

/// The region that a data directory has of itself: one zone, in its folder `store`.
fn embedded_region(directory: &Directory) -> Result<RegionConfig, Error> {
    let folder = directory.store();
    // Made only for a data directory that is new: a folder that went away must be missed.
    if !directory.catalog().exists() {
        std::fs::create_dir_all(&folder).map_err(failed("make", &folder))?;
    }
    let url = Url::from_directory_path(&folder).expect("the data directory's path is absolute");
    let name = |text: &str| text.parse().expect("the embedded names are names");
    let zone = ZoneConfig { name: name("1"), url };
    Ok(RegionConfig { name: name("local"), zones: vec![zone] })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{ExportFormat, Granularity, NoProgress, SnapshotRequest, TileRequest};

    fn sendable<T: Send>(_: T) {}

    /// A server runs operations on threads of its choice; that it may is checked here, since
    /// errors far away from their cause say little.
    #[expect(dead_code, reason = "compiling it is the test")]
    fn every_operation_may_change_threads(
        engine: &Engine,
        request: SnapshotRequest,
        tile: TileRequest,
    ) {
        sendable(engine.create_snapshot(request, Arc::new(NoProgress)));
        sendable(engine.gc());
        sendable(engine.delete(""));
        sendable(engine.verify("", Arc::new(NoProgress)));
        sendable(engine.export("", Path::new(""), ExportFormat::Raw, Arc::new(NoProgress)));
        sendable(engine.snapshot(""));
        sendable(engine.image("", ExportFormat::Raw));
        sendable(engine.diff("", "", Granularity::Block, None, &mut |_| {}));
        sendable(engine.diff_items("", "", Granularity::Block));
        sendable(engine.timeline("", None, None, 1));
        sendable(engine.tile("", tile));
        sendable(engine.changes("", 0..1, None, None));
        sendable(engine.freeable(&[]));
        sendable(engine.costs(&shared::PriceSheet::azure_east_us()));
        sendable(Engine::open(Path::new(""), Options::default()));
    }
}
