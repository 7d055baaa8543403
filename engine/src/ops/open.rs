//! Opening a data directory: its lock, its stores, its catalog, and what a crash left.

use std::{collections::BTreeMap, path::Path};

use shared::{Pool, ZoneId};
use tokio::sync::RwLock;

use super::rebuild::rebuild;
use crate::{
    Access,
    catalog::Catalog,
    directory::Directory,
    engine::{Engine, OpenObjects, Options, Pins, open_pools},
    error::Error,
    ids::new_uuid,
    insight::Insight,
    managed::Gates,
    store::{ObjectKey, PoolStore, Zone},
};

impl Engine {
    /// Opens a data directory, making it if it is not there, and resolves what a crash left.
    ///
    /// Where the catalog is gone but the stores are not, it is made again from them.
    pub async fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let directory = Directory::create(path)?;
        let has_catalog = directory.catalog().exists();
        // A catalog is made, or made again, alone; then the lock is taken anew as it was asked for.
        let access = if has_catalog { options.access } else { Access::Exclusive };
        let mut lock = directory.lock(access, &options.waiting).await?;
        let mut pools = open_pools(&directory, &options)?;
        if !directory.catalog().exists() {
            make_catalog(&directory, &pools, &options).await?;
        }
        if access != options.access {
            drop(lock);
            lock = directory.lock(options.access, &options.waiting).await?;
        }
        let catalog = Catalog::open(&directory.catalog()).await?;
        check_zones(&catalog, &mut pools).await?;
        if options.access == Access::Exclusive {
            pools.values().flat_map(|store| &store.zones).for_each(Zone::sweep_staged);
        }
        let open = OpenObjects::new(pools.clone(), options.access);
        let engine = Self {
            directory,
            catalog,
            pools,
            options,
            commits: RwLock::default(),
            moving: RwLock::default(),
            gates: Gates::default(),
            pins: Pins::default(),
            open,
            insight: Insight::default(),
            lock,
        };
        engine.recover().await?;
        Ok(engine)
    }
}

/// Makes the catalog: empty over new stores, and from what is there over old ones.
async fn make_catalog(
    directory: &Directory,
    pools: &BTreeMap<Pool, PoolStore>,
    options: &Options,
) -> Result<(), Error> {
    // The first zones and nothing else are what a first start leaves that broke off: it is begun
    // again. Any other zone that is missing was there once.
    let mut registered = Vec::new();
    let mut used = false;
    for store in pools.values() {
        for zone in &store.zones {
            registered.push(zone.read_registration().await?.is_some());
        }
        used |= store.list(None).await?.iter().any(|object| object.key != ObjectKey::Zone);
    }
    if used || !registered.is_sorted_by(|first, next| first >= next) {
        (options.waiting)("the catalog, which is gone, to be made again from the store");
    } else {
        for zone in pools.values().flat_map(|store| &store.zones) {
            let id = new_uuid(options.clock.now(), options.random.as_ref());
            zone.register(ZoneId::from_uuid(id)).await?;
        }
    }
    rebuild(directory, pools, options).await?;
    Ok(())
}

/// Takes down every zone that is not the one that was registered.
async fn check_zones(
    catalog: &Catalog,
    pools: &mut BTreeMap<Pool, PoolStore>,
) -> Result<(), Error> {
    let known: BTreeMap<_, _> =
        catalog.zones().await?.into_iter().map(|(pool, zone, id)| ((pool, zone), id)).collect();
    for store in pools.values_mut() {
        for zone in &mut store.zones {
            match known.get(&(zone.pool.clone(), zone.name.clone())) {
                Some(&id) => zone.check(id).await,
                None => zone.set_down("it was never registered here".to_owned()),
            }
        }
    }
    Ok(())
}
