//! Attaching a disk image, and letting it go.

use std::path::PathBuf;

use shared::{Disk, DiskFormat, DiskId, Name, Pool, ResourcePath, Sku, Tags};

use crate::{
    engine::Engine,
    error::Error,
    format::document::{self, Kind},
    ids::new_uuid,
    manifest::DiskRecord,
    source::{BlockSource as _, Changing, FileSource, SourceError},
    store::ObjectKey,
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
        if let Some(sku) = snapshot_sku.filter(|sku| !sku.takes_incrementals()) {
            return Err(Error::SkuNotStandard(sku));
        }
        let region = self.default_region();
        if let Some(sku) = snapshot_sku {
            self.pool(&Pool { region: region.clone(), sku })?;
        }
        if self.catalog.disk_named(&path).await?.is_some() {
            return Err(Error::DiskNameTaken(path.name));
        }
        let image = image.canonicalize().map_err(|_| SourceError::NotFound { path: image })?;
        // That somebody writes to it matters when a snapshot is taken, not now.
        let source = FileSource::open(&image, Changing::Allowed)?;
        source.check_raw()?;
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
            path: text.to_owned(),
            format: DiskFormat::Raw,
            sku,
            snapshot_sku,
            tags,
            created_at,
        };
        self.put_record(&record).await?;
        match self.catalog.put_disk(&record, created_at).await {
            Ok(()) => self.disk(&record.disk_id.to_string()).await,
            Err(error) if error.is_taken() => {
                // Somebody was quicker: the record must not come back with a rebuild.
                self.put_record(&DiskRecord { version: 2, detached: true, ..record.clone() })
                    .await?;
                Err(Error::DiskNameTaken(record.name))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a disk go: its image is not touched, and its snapshots stay.
    pub async fn detach(&self, disk: &str) -> Result<Disk, Error> {
        let row = self.find_disk(disk).await?;
        let _lease = self.directory.lease(row.record.disk_id, &self.options.waiting).await?;
        let mut record = row.record.clone();
        record.version += 1;
        record.detached = true;
        self.put_record(&record).await?;
        self.catalog.remove_disk(record.disk_id).await?;
        Ok(crate::ops::list::disk_of(&row))
    }

    /// The region of a disk for which none is named.
    fn default_region(&self) -> Name {
        let first = self.pools.keys().next().map(|pool| pool.region.clone());
        first.expect("a configuration without a region is refused before it gets here")
    }

    /// Writes a disk's record beside the ones before it.
    pub(crate) async fn put_record(&self, record: &DiskRecord) -> Result<(), Error> {
        let region = record.region.clone();
        let sku = self.default_sku(&region);
        let store = self.pool(&Pool { region, sku })?;
        let bytes = document::encode(Kind::Record, record);
        let key = ObjectKey::DiskRecord(record.disk_id, record.version);
        store.create(key, &[bytes.into()]).await?;
        Ok(())
    }
}
