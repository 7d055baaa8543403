//! Attaching a disk image, and letting it go.

use std::path::PathBuf;

use shared::{Disk, DiskId, Name, Pool, ResourcePath, Sku, Tags};

use crate::{
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

impl Engine {
    /// Attaches an image as a disk: checks that it can be read as one, and remembers it.
    pub async fn attach(&self, request: AttachRequest) -> Result<Disk, Error> {
        let AttachRequest { path, image, sku, snapshot_sku, tags } = request;
        let region = self.default_region();
        self.check_snapshot_sku(&region, snapshot_sku)?;
        if self.catalog.disk_named(&path).await?.is_some() {
            return Err(Error::DiskNameTaken(path.name));
        }
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
        let record = DiskRecord {
            disk_id: DiskId::from_uuid(new_uuid(created_at, self.options.random.as_ref())),
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
    /// that is in no snapshot goes.
    pub async fn detach(&self, disk: &str) -> Result<Disk, Error> {
        let row = self.find_disk(disk).await?;
        let _lease = self.directory.lease(row.record.disk_id, &self.options.waiting).await?;
        let row = self.find_disk(&row.record.disk_id.to_string()).await?;
        let shown = self.shown(&row).await;
        self.change_record(&row.record, |record| record.detached = true).await?;
        if let RecordSource::Managed { .. } = row.record.source {
            self.remove_files(&self.managed(&row.record)).await?;
        }
        Ok(shown)
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
