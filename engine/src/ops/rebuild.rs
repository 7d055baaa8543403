//! Making the catalog again from the stores: disks from their records, snapshots from their
//! manifests, and index segments for packs that no segment names.

use std::collections::{BTreeMap, BTreeSet};

use shared::{DiskId, Name, Pool, SnapshotId};

use crate::{
    catalog::{Catalog, CatalogError},
    directory::{Directory, failed},
    engine::{Engine, Options, recover::read_manifest},
    error::Error,
    format::{
        document::{self, Kind},
        index::{self, ItemRow, PackRow},
        pack,
    },
    ids::{PackId, SegmentId, new_uuid},
    index::Index,
    manifest::{DiskRecord, Manifest, RecordSource},
    store::{Listed, ObjectKey, PoolStore, Scope, StoreError},
};

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct RebuildReport {
    /// Disks that are attached or managed.
    pub disks: u64,
    /// Snapshots that are whole as far as their manifests tell.
    pub snapshots: u64,
    /// Packs that no index segment named, and one does now.
    pub packs_indexed: u64,
    /// Objects that could not be read, each with the reason.
    pub unreadable: Vec<String>,
}

impl Engine {
    /// Makes the catalog of a data directory again. The new one takes the old one's place whole.
    pub async fn rebuild(path: &std::path::Path, options: Options) -> Result<RebuildReport, Error> {
        let directory = Directory::create(path)?;
        let _lock = directory.lock(crate::Access::Exclusive, &options.waiting).await?;
        let mut pools = crate::engine::open_pools(&directory, &options)?;
        check_known(&directory, &mut pools).await?;
        rebuild(&directory, &pools, &options).await
    }
}

/// An error if a zone is not the one that the old catalog knows: over a store that went away, the
/// new one would have nothing.
async fn check_known(
    directory: &Directory,
    pools: &mut BTreeMap<Pool, PoolStore>,
) -> Result<(), Error> {
    // One that cannot be read knows nothing.
    let Ok(old) = Catalog::open(&directory.catalog()).await else { return Ok(()) };
    let known = old.zones().await.unwrap_or_default();
    old.close().await;
    for (pool, name, id) in known {
        let zones = pools.get_mut(&pool).into_iter().flat_map(|store| &mut store.zones);
        for zone in zones.filter(|zone| zone.name == name) {
            zone.check(id).await;
            zone.store()?;
        }
    }
    Ok(())
}

/// Makes the catalog beside the old one, then puts it in its place.
pub(crate) async fn rebuild(
    directory: &Directory,
    pools: &BTreeMap<Pool, PoolStore>,
    options: &Options,
) -> Result<RebuildReport, Error> {
    let path = directory.catalog();
    let beside = path.with_extension("db.new");
    remove_database(&beside)?;
    let catalog = Catalog::create(&beside).await?;
    let mut report = RebuildReport::default();
    for store in pools.values() {
        for zone in &store.zones {
            if let Some(file) = zone.read_registration().await? {
                catalog.add_zone(&zone.pool, &zone.name, file.zone_id).await?;
            }
        }
    }
    let mut disks: BTreeMap<DiskId, DiskRecord> = BTreeMap::new();
    for store in pools.values() {
        rebuild_pool(store, &catalog, &mut disks, &mut report, options).await?;
    }
    // Of an image, records tell the size at the attachment; later ones are in the manifests.
    let snapshots = catalog.snapshots(None).await?.into_iter().map(|row| row.manifest);
    let sizes: BTreeMap<_, _> = snapshots.map(|it| (it.disk_id, it.size_bytes)).collect();
    let now = options.clock.now();
    for mut record in disks.into_values().filter(|record| !record.detached) {
        if let RecordSource::Attached { .. } = record.source {
            record.size_bytes = sizes.get(&record.disk_id).copied().unwrap_or(record.size_bytes);
        }
        put_named(
            record,
            |record, name| record.name = name,
            |record| {
                let (catalog, record) = (catalog.clone(), record.clone());
                async move { catalog.put_disk(&record, now).await }
            },
        )
        .await?;
        report.disks += 1;
    }
    catalog.settle().await?;
    catalog.close().await;
    remove_database(&path)?;
    std::fs::rename(&beside, &path).map_err(failed("rename", &path))?;
    remove_database(&beside)?;
    Ok(report)
}

/// Takes in one pool's records and manifests, and names its packs.
async fn rebuild_pool(
    store: &PoolStore,
    catalog: &Catalog,
    disks: &mut BTreeMap<DiskId, DiskRecord>,
    report: &mut RebuildReport,
    options: &Options,
) -> Result<(), Error> {
    let listed = store.list(None).await?;
    let buried: BTreeSet<SnapshotId> = listed
        .iter()
        .filter_map(|it| if let ObjectKey::Tombstone(id) = it.key { Some(id) } else { None })
        .collect();
    let mut live = BTreeSet::new();
    for object in &listed {
        match object.key {
            ObjectKey::DiskRecord(id, version) => {
                let read = store
                    .read(object.key, None, |bytes| {
                        document::decode::<DiskRecord>(Kind::Record, &bytes)
                    })
                    .await;
                if let Some(record) = readable(read, report)? {
                    let newer = disks.get(&id).is_none_or(|known| known.version < version);
                    if newer {
                        disks.insert(id, record);
                    }
                }
            }
            ObjectKey::Manifest(id) if !buried.contains(&id) => {
                if let Some((manifest, bytes)) = readable(read_manifest(store, id).await, report)? {
                    put_named(
                        manifest,
                        |manifest: &mut Manifest, name| manifest.name = name,
                        |manifest| {
                            let (catalog, manifest) = (catalog.clone(), manifest.clone());
                            async move { catalog.put_snapshot(&manifest, bytes).await }
                        },
                    )
                    .await?;
                    live.insert(id);
                    report.snapshots += 1;
                }
            }
            ObjectKey::Zone
            | ObjectKey::Pack(..)
            | ObjectKey::Index(..)
            | ObjectKey::Manifest(_)
            | ObjectKey::Tombstone(_) => {}
        }
    }
    let mut scopes = vec![Scope::Shared];
    scopes.extend(live.iter().map(|&id| Scope::Full(id)));
    for scope in scopes {
        index_packs(store, scope, &listed, report, options).await?;
    }
    Ok(())
}

/// Notes damage and goes on; other failures end the rebuild.
fn readable<T>(
    read: Result<T, StoreError>,
    report: &mut RebuildReport,
) -> Result<Option<T>, Error> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_damage() => {
            report.unreadable.push(error.to_string());
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps a resource under its name, or under the first free `NAME-2`, `NAME-3`, … where two have
/// one name: a crash between record and catalog can leave that.
async fn put_named<T, F>(
    mut value: T,
    rename: impl Fn(&mut T, Name),
    put: impl Fn(&T) -> F,
) -> Result<(), Error>
where
    T: Named,
    F: Future<Output = Result<(), CatalogError>>,
{
    let name = value.name().clone();
    for number in 2.. {
        match put(&value).await {
            Err(error) if error.is_taken() => {
                let stem: String = name.as_str().chars().take(70).collect();
                rename(&mut value, format!("{stem}-{number}").parse()?);
            }
            done => return Ok(done?),
        }
    }
    unreachable!("some number is free")
}

trait Named {
    fn name(&self) -> &Name;
}

impl Named for DiskRecord {
    fn name(&self) -> &Name {
        &self.name
    }
}

impl Named for Manifest {
    fn name(&self) -> &Name {
        &self.name
    }
}

/// Names the packs of a scope that no segment names, and replaces segments that cannot be read.
async fn index_packs(
    store: &PoolStore,
    scope: Scope,
    listed: &[Listed],
    report: &mut RebuildReport,
    options: &Options,
) -> Result<(), Error> {
    let mut named: BTreeSet<PackId> = BTreeSet::new();
    let mut broken = Vec::new();
    for object in listed {
        if let ObjectKey::Index(of, id) = object.key
            && of == scope
        {
            match Index::read_whole(store, scope, id).await {
                Ok(head) => named.extend(head.packs.iter().map(|row| row.id)),
                Err(error) if error.is_damage() => {
                    report.unreadable.push(error.to_string());
                    broken.push(object.key);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let (mut packs, mut rows) = (Vec::new(), Vec::new());
    for object in listed {
        let ObjectKey::Pack(of, id) = object.key else { continue };
        if of != scope || named.contains(&id) {
            continue;
        }
        let Some(directory) = readable(read_directory(store, object).await, report)? else {
            continue;
        };
        let number = packs.len() as u32;
        packs.push(PackRow { id, length: directory.length, table_offset: directory.table_offset });
        rows.extend(directory.items.iter().zip(0..).map(|(item, item_number)| ItemRow {
            key: item.id.prefix().sort_key(),
            pack: number,
            item: item_number,
        }));
    }
    if !packs.is_empty() {
        report.packs_indexed += packs.len() as u64;
        let id = SegmentId(new_uuid(options.clock.now(), options.random.as_ref()));
        let bytes = index::encode(id, &packs, rows);
        store.create(ObjectKey::Index(scope, id), &[bytes.into()]).await?;
    }
    Ok(store.delete(&broken).await?)
}

/// A pack's directory, found from its end.
async fn read_directory(store: &PoolStore, object: &Listed) -> Result<pack::Directory, StoreError> {
    let length = object.size;
    let start = length.saturating_sub(pack::TRAILER as u64);
    let trailer = store
        .read(object.key, Some(start..length), |bytes| pack::decode_trailer(&bytes, length))
        .await?;
    let header = store.read(object.key, Some(0..pack::HEADER as u64), Ok).await?;
    let tail = Some(trailer.table_offset..length);
    store.read(object.key, tail, |bytes| pack::decode(&header, &bytes, length)).await
}

/// Removes a database and the files beside it that belong to it.
fn remove_database(path: &std::path::Path) -> Result<(), Error> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("remove", path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
