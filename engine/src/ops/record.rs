//! What is recorded of a disk: versions in the store, of which the highest counts, and its row.

use shared::{ByteSize, DiskId, Pool};

use crate::{
    engine::Engine,
    error::Error,
    format::document::{self, Kind},
    manifest::DiskRecord,
    store::{ObjectKey, PoolStore, StoreError},
};

impl Engine {
    /// Writes a disk's record beside the ones before it.
    pub(crate) async fn put_record(&self, record: &DiskRecord) -> Result<(), Error> {
        let bytes = document::encode(Kind::Record, record);
        let key = ObjectKey::DiskRecord(record.disk_id, record.version);
        let store = self.records(record)?;
        store.check_zones().await?;
        store.create(key, &[bytes.into()]).await?;
        Ok(())
    }

    /// Shows a new disk whose record is written; where its name is taken, takes it back.
    pub(crate) async fn add_disk(&self, record: &DiskRecord) -> Result<(), Error> {
        match self.catalog.put_disk(record, self.options.clock.now()).await {
            Err(error) if error.is_taken() => {
                // Somebody was quicker: the record must not come back with a rebuild.
                let detached =
                    DiskRecord { version: record.version + 1, detached: true, ..record.clone() };
                self.put_record(&detached).await?;
                Err(Error::DiskNameTaken(record.name.clone()))
            }
            added => Ok(added?),
        }
    }

    /// Writes the next version of a disk's record; one at a time.
    pub(crate) async fn change_record(
        &self,
        record: &DiskRecord,
        change: impl Fn(&mut DiskRecord) + Send,
    ) -> Result<(), Error> {
        let id = record.disk_id;
        let _recording = self.directory.recording(id, &self.options.waiting).await?;
        loop {
            let mut record = self.find_disk(&id.to_string()).await?.record;
            change(&mut record);
            record.version += 1;
            match self.put_record(&record).await {
                Ok(()) => return self.adopt(&record).await,
                // A crash left a version that the catalog has missed, or has written half of one.
                Err(Error::Store(StoreError::Exists { .. })) => {
                    let newest = self.newest_record(self.records(&record)?, id).await?;
                    let newest = newest.ok_or_else(|| Error::DiskNotFound(id.to_string()))?;
                    self.adopt(&newest).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Remembers the size that an image was seen to have.
    pub(crate) async fn note_size(&self, disk: DiskId, size: ByteSize) -> Result<(), Error> {
        let _recording = self.directory.recording(disk, &self.options.waiting).await?;
        let mut record = self.find_disk(&disk.to_string()).await?.record;
        if record.size_bytes != size {
            record.size_bytes = size;
            self.catalog.put_disk(&record, self.options.clock.now()).await?;
        }
        Ok(())
    }

    /// Makes the catalog say what a record does.
    pub(crate) async fn adopt(&self, record: &DiskRecord) -> Result<(), Error> {
        if record.detached {
            Ok(self.catalog.remove_disk(record.disk_id).await?)
        } else {
            Ok(self.catalog.put_disk(record, self.options.clock.now()).await?)
        }
    }

    /// The record of a disk that counts; `None`: there is none.
    pub(crate) async fn newest_record(
        &self,
        store: &PoolStore,
        disk: DiskId,
    ) -> Result<Option<DiskRecord>, Error> {
        let folder = crate::store::key::records_prefix(disk);
        let listed = store.list(Some(&folder)).await?;
        match listed.last() {
            Some(last) => {
                let decode = |bytes: bytes::Bytes| document::decode(Kind::Record, &bytes);
                Ok(Some(store.read(last.key, None, decode).await?))
            }
            None => Ok(None),
        }
    }

    /// The store that keeps a disk's records.
    fn records(&self, record: &DiskRecord) -> Result<&PoolStore, Error> {
        let region = record.region.clone();
        let sku = self.default_sku(&region);
        self.pool(&Pool { region, sku })
    }
}
