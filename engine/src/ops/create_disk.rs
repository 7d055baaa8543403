//! Making a managed disk: empty, or over a snapshot whose bytes it shares.

use shared::{ByteSize, Disk, DiskId, ResourcePath, Sku, SnapshotKind, Tags};

use crate::{
    Access,
    engine::Engine,
    error::Error,
    ids::new_uuid,
    managed::{Base, ManagedDisk, blocking},
    manifest::{DiskRecord, RecordSource},
};

/// What a managed disk is to be.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// The id that it is to have; `None`: a new one. No id is used twice.
    pub id: Option<DiskId>,
    /// Its group and name.
    pub path: ResourcePath,
    /// The disk's own storage tier.
    pub sku: Sku,
    /// Where its snapshots go; `None`: ZRS where the region has zones, else LRS.
    pub snapshot_sku: Option<Sku>,
    /// What people call it by.
    pub tags: Tags,
    /// What it is made from.
    pub origin: Origin,
}

/// What a managed disk is made from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Nothing: zeros.
    Empty {
        /// The disk's size.
        size: ByteSize,
    },
    /// A snapshot, by `NAME`, `GROUP/NAME` or id.
    Snapshot {
        /// The snapshot.
        snapshot: String,
        /// The disk's size; `None`: the snapshot's.
        size: Option<ByteSize>,
    },
}

impl Engine {
    /// Makes a managed disk. No byte is copied; what is not written to is read from the snapshot.
    pub async fn create_disk(&self, request: CreateRequest) -> Result<Disk, Error> {
        let CreateRequest { id, path, sku, snapshot_sku, tags, origin } = request;
        // From here to the disk's state, what it shares must not be taken for garbage.
        let mut _pin = None;
        // A full snapshot goes with its bytes, so none may go before the disk says that it reads it.
        let mut deletions = None;
        let (base, size, region) = match origin {
            Origin::Empty { size } => (None, size, self.default_region()),
            Origin::Snapshot { snapshot, size } => {
                let (row, pin) = self.pinned(&snapshot).await?;
                _pin = Some(pin);
                if row.manifest.kind == SnapshotKind::Full {
                    deletions = Some(self.directory.no_deletions(&self.options.waiting).await?);
                }
                let row = self.find_snapshot(&row.manifest.snapshot_id.to_string()).await?;
                let least = row.manifest.size_bytes;
                let size = size.unwrap_or(least);
                if size < least {
                    return Err(Error::Shrinks { size, least });
                }
                (Some(Base::new(&row.manifest)), size, row.manifest.pool.region)
            }
        };
        self.check_snapshot_sku(&region, snapshot_sku)?;
        self.check_disk(&path).await?;
        let created_at = self.options.clock.now();
        let new_id = || DiskId::from_uuid(new_uuid(created_at, self.options.random.as_ref()));
        let record = DiskRecord {
            disk_id: id.unwrap_or_else(new_id),
            version: 1,
            detached: false,
            group: path.group,
            name: path.name,
            region,
            size_bytes: size,
            source: RecordSource::Managed { origin: base.as_ref().map(|base| base.snapshot_id) },
            sku,
            snapshot_sku,
            tags,
            created_at,
        };
        // Says that the disk's files are in good hands until the record is there.
        let _lease = self.directory.lease(record.disk_id, &self.options.waiting).await?;
        let managed = self.managed(&record);
        let made = managed.clone();
        blocking(move || made.create(base)).await?;
        let added = match self.put_record(&record).await {
            Ok(()) => self.add_disk(&record).await,
            Err(error) => Err(error),
        };
        drop(deletions);
        match added {
            Ok(()) => self.disk(&record.disk_id.to_string()).await,
            Err(error @ Error::DiskNameTaken(_)) => {
                self.remove_files(&managed).await?;
                Err(error)
            }
            // Whether there is a record is not known: the next command looks.
            Err(error) => Err(error),
        }
    }

    /// Removes a managed disk's files, when nobody uses them.
    pub(crate) async fn remove_files(&self, managed: &ManagedDisk) -> Result<(), Error> {
        if !managed.exists() {
            return Ok(());
        }
        let hold = managed.hold(Access::Exclusive).await?;
        let managed = managed.clone();
        blocking(move || {
            let removed = managed.remove();
            drop(hold);
            removed
        })
        .await
    }
}
