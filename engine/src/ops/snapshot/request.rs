//! What a snapshot is asked to be, and what that comes to: its pool and its name.

use shared::{Name, Pool, ResourcePath, Sku, SnapshotId, SnapshotKind, Tags};

use crate::{catalog::DiskRow, engine::Engine, error::Error, source::Changing};

/// What a snapshot is to be.
#[derive(Debug, Clone)]
pub struct SnapshotRequest {
    /// The disk, by `NAME`, `GROUP/NAME` or id.
    pub disk: String,
    /// The id that it is to have; `None`: a new one. No id is used twice.
    pub id: Option<SnapshotId>,
    /// Its name; `None`: the disk's with the time.
    pub name: Option<Name>,
    /// Whether it may share stored bytes.
    pub kind: SnapshotKind,
    /// Where it goes; `None`: where the disk's snapshots go.
    pub sku: Option<Sku>,
    /// What people call it by.
    pub tags: Tags,
    /// Whether a change under the read ends it.
    pub changing: Changing,
}

impl Engine {
    /// An error that [`Engine::create_snapshot`] would give of the request itself: who puts it
    /// off can refuse it at once.
    pub async fn check_snapshot(&self, request: &SnapshotRequest) -> Result<(), Error> {
        let disk = self.find_disk(&request.disk).await?;
        self.pool_for(&disk, request)?;
        if let Some(name) = &request.name {
            if name.is_id() {
                return Err(Error::NameIsId(name.clone()));
            }
            let path = ResourcePath { group: disk.record.group.clone(), name: name.clone() };
            if self.catalog.is_named(&path).await? {
                return Err(Error::SnapshotNameTaken(path.name));
            }
        }
        Ok(())
    }

    /// The pool that the snapshot goes to.
    pub(super) fn pool_for(
        &self,
        disk: &DiskRow,
        request: &SnapshotRequest,
    ) -> Result<Pool, Error> {
        let region = disk.record.region.clone();
        let sku = request.sku.or(disk.record.snapshot_sku);
        let sku = sku.unwrap_or_else(|| self.default_sku(&region));
        if request.kind == SnapshotKind::Incremental && !sku.takes_incrementals() {
            return Err(Error::SkuNotStandard(sku));
        }
        let pool = Pool { region, sku };
        self.pool(&pool)?;
        Ok(pool)
    }

    /// The name that was asked for, or one that is free.
    pub(super) async fn path_for(
        &self,
        disk: &DiskRow,
        request: &SnapshotRequest,
    ) -> Result<ResourcePath, Error> {
        let group = disk.record.group.clone();
        if let Some(name) = request.name.clone() {
            if name.is_id() {
                return Err(Error::NameIsId(name));
            }
            return Ok(ResourcePath { group, name });
        }
        let time = self.options.clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let disk_name = disk.record.name.as_str();
        for attempt in 1.. {
            let suffix = if attempt == 1 { time.clone() } else { format!("{time}-{attempt}") };
            // Names have 80 bytes, all of them ASCII.
            let room = 79_usize.saturating_sub(suffix.len()).min(disk_name.len());
            let name: Name = format!("{}-{suffix}", &disk_name[..room]).parse()?;
            let path = ResourcePath { group: group.clone(), name };
            if !self.catalog.is_named(&path).await? {
                return Ok(path);
            }
        }
        unreachable!("some number is free")
    }
}
