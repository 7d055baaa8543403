//! Attaching a disk image, and letting it go.

use std::path::PathBuf;

use shared::{Disk, DiskId, Name, Pool, ResourcePath, Sku, Tags};

use crate::{
    Access,
    engine::Engine,
    error::Error,
    ids::new_uuid,
    managed::blocking,
    manifest::{DiskRecord, RecordSource},
    source::{BlockSource as _, Changing, ImageSource, SourceError},
};

/// What a disk is to be.
#[derive(Debug, Clone)]
pub struct AttachRequest {
    /// The id that it is to have; `None`: a new one. No id is used twice.
    pub id: Option<DiskId>,
    /// Its group and name.
    pub path: ResourcePath,
    /// The image file or block device.
    pub image: PathBuf,
    /// The disk's own storage tier.
    pub sku: Sku,
    /// Where its snapshots go; `None`: ZRS where the region has zones, else LRS.
    pub snapshot_sku: Option<Sku>,
    /// What people call it by.
    pub tags: Tags,
}

/// Whether a disk may go with bytes that are in no snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// It stays if it has any.
    Refused,
    /// They go with it.
    Accepted,
}

impl Engine {
    /// Attaches an image as a disk: checks that it can be read as one, and remembers it.
    pub async fn attach(&self, request: AttachRequest) -> Result<Disk, Error> {
        let AttachRequest { id, path, image, sku, snapshot_sku, tags } = request;
        let region = self.default_region();
        self.check_snapshot_sku(&region, snapshot_sku)?;
        self.check_disk(&path).await?;
        let image = image.canonicalize().map_err(|_| SourceError::NotFound { path: image })?;
        // That somebody writes to it matters when a snapshot is taken, not now.
        let (opened, reach) = (image.clone(), self.options.reach.clone());
        let open = move || ImageSource::open(&opened, Changing::Allowed, &reach);
        let source = blocking(open).await?;
        let text = image.to_str().ok_or_else(|| SourceError::NotADisk {
            path: image.clone(),
            what: "a path that is not UTF-8",
        })?;
        let created_at = self.options.clock.now();
        let new_id = || DiskId::from_uuid(new_uuid(created_at, self.options.random.as_ref()));
        let record = DiskRecord {
            disk_id: id.unwrap_or_else(new_id),
            version: 1,
            detached: false,
            group: path.group,
            name: path.name,
            region,
            size_bytes: source.size(),
            source: RecordSource::Attached { path: text.to_owned(), format: source.format() },
            sku,
            snapshot_sku,
            tags,
            created_at,
        };
        self.put_record(&record).await?;
        self.add_disk(&record).await?;
        self.disk(&record.disk_id.to_string()).await
    }

    /// Lets a disk go: its image is not touched, and its snapshots stay. What a managed disk has
    /// that is in no snapshot goes, if that is accepted.
    pub async fn detach(&self, disk: &str, loss: Loss) -> Result<Disk, Error> {
        let row = self.find_disk(disk).await?;
        let _lease = self.directory.lease(row.record.disk_id, &self.options.waiting).await?;
        let row = self.find_disk(&row.record.disk_id.to_string()).await?;
        let RecordSource::Managed { .. } = row.record.source else {
            let shown = self.shown(&row).await;
            self.change_record(&row.record, |record| record.detached = true).await?;
            return Ok(shown);
        };
        // From here on nobody writes; a disk whose files are gone has none to be held.
        let managed = self.managed(&row.record);
        let hold =
            if managed.exists() { Some(managed.hold(Access::Exclusive).await?) } else { None };
        let shown = self.shown(&row).await;
        // Where it cannot be told what would be lost, that is told, and not that it is nothing.
        if loss == Loss::Refused && hold.is_some() {
            let counted = managed.clone();
            let lost = blocking(move || counted.dirty_bytes()).await?;
            if lost > 0 {
                return Err(Error::WouldLose { disk: shown.name, lost });
            }
        }
        self.change_record(&row.record, |record| record.detached = true).await?;
        blocking(move || {
            let removed = managed.remove();
            drop(hold);
            removed
        })
        .await?;
        Ok(shown)
    }

    /// The error of an operation on a disk that somebody detached meanwhile is that there is none.
    pub(crate) async fn unless_detached(&self, disk: DiskId, error: Error) -> Error {
        match self.find_disk(&disk.to_string()).await {
            Err(gone @ Error::DiskNotFound(_)) => gone,
            _ => error,
        }
    }

    /// An error unless a new disk can have a name.
    pub async fn check_disk(&self, path: &ResourcePath) -> Result<(), Error> {
        if path.name.is_id() {
            return Err(Error::NameIsId(path.name.clone()));
        }
        match self.catalog.disk_named(path).await? {
            Some(_) => Err(Error::DiskNameTaken(path.name.clone())),
            None => Ok(()),
        }
    }

    /// An error unless a disk's snapshots can be kept on a storage.
    pub(crate) fn check_snapshot_sku(&self, region: &Name, sku: Option<Sku>) -> Result<(), Error> {
        match sku {
            Some(sku) if !sku.takes_incrementals() => Err(Error::SkuNotStandard(sku)),
            Some(sku) => self.pool(&Pool { region: region.clone(), sku }).map(drop),
            None => Ok(()),
        }
    }

    /// The region of a disk for which none is named.
    pub(crate) fn default_region(&self) -> Name {
        let first = self.pools.keys().next().map(|pool| pool.region.clone());
        first.expect("a configuration without a region is refused before it gets here")
    }
}
