//! What a command works on: a data directory or a server, with one method for each thing done.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{
    Access, AttachRequest, Changing, CreateRequest, Created, DiffSummary, Engine, ExportFormat,
    Granularity, Loss, Origin, SnapshotRequest,
};
use shared::{
    Costs, DiffItem, Disk, DiskPatch, GcReport, NewDisk, NewDiskSource, NewSnapshot, PriceSheet,
    ResourcePath, Sku, Snapshot, VerifyReport,
};

use super::{Failure, Place, Usage, options, progress::Bar};
use crate::client::Client;

/// What a command works on.
#[derive(Debug)]
pub(super) enum Target {
    /// A data directory, opened by this process.
    Data(Box<Engine>),
    /// A server, asked over HTTP.
    Server(Client),
}

impl Target {
    /// Opens a place beside other commands.
    pub(super) async fn open(place: &Place) -> Result<Self, Failure> {
        Self::open_as(place, Access::Shared).await
    }

    /// Opens a place for work that bears no other on its data directory.
    pub(super) async fn open_alone(place: &Place) -> Result<Self, Failure> {
        Self::open_as(place, Access::Exclusive).await
    }

    async fn open_as(place: &Place, access: Access) -> Result<Self, Failure> {
        Ok(match place {
            Place::Data(path) => Self::Data(Box::new(Engine::open(path, options(access)).await?)),
            Place::Server(address) => Self::Server(Client::new(address.clone())),
        })
    }

    /// Lets it go.
    pub(super) async fn close(self) {
        match self {
            Self::Data(engine) => engine.close().await,
            Self::Server(_) => {}
        }
    }

    pub(super) async fn disks(&self) -> Result<Vec<Disk>, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.disks().await?,
            Self::Server(client) => client.disks()?,
        })
    }

    pub(super) async fn disk(&self, disk: &str) -> Result<Disk, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.disk(disk).await?,
            Self::Server(client) => client.disk(disk)?,
        })
    }

    /// Attaches an image, or makes a disk.
    pub(super) async fn create_disk(&self, new: NewDisk) -> Result<Disk, Failure> {
        match self {
            Self::Data(engine) => create_disk(engine, new).await,
            Self::Server(client) => {
                let bar = Bar::start("create");
                let made = client.create_disk(&new, bar.as_ref());
                bar.done();
                Ok(made?)
            }
        }
    }

    /// Sends an image's bytes to a server, as a managed disk.
    pub(super) fn upload(&self, new: NewDisk, image: &Path) -> Result<Disk, Failure> {
        let Self::Server(client) = self else {
            return Err(Usage::new(
                "--upload sends an image to a server, and none is named",
                "name one with --server URL, or leave --upload away to read the image in place",
            )
            .into());
        };
        let bar = Bar::start("upload");
        let sent = client.upload(new, image, bar.as_ref());
        bar.done();
        Ok(sent?)
    }

    pub(super) async fn update_disk(&self, disk: &str, patch: DiskPatch) -> Result<Disk, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.update_disk(disk, patch).await?,
            Self::Server(client) => client.update_disk(disk, &patch)?,
        })
    }

    /// Lets a disk go; with what it has that is in no snapshot, if that is accepted.
    pub(super) async fn detach(&self, disk: &Disk, loss: Loss) -> Result<(), Failure> {
        match self {
            Self::Data(engine) => drop(engine.detach(&disk.id.to_string(), loss).await?),
            Self::Server(client) => client.detach(disk, loss)?,
        }
        Ok(())
    }

    /// Snapshots, oldest first: all, or those of a disk.
    pub(super) async fn snapshots(&self, disk: Option<&str>) -> Result<Vec<Snapshot>, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.snapshots(disk).await?,
            Self::Server(client) => client.snapshots(disk)?,
        })
    }

    /// One snapshot, with its exclusive and freeable bytes.
    pub(super) async fn snapshot(&self, snapshot: &str) -> Result<Snapshot, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.snapshot(snapshot).await?,
            Self::Server(client) => client.snapshot(snapshot)?,
        })
    }

    pub(super) async fn create_snapshot(
        &self,
        disk: String,
        new: NewSnapshot,
    ) -> Result<Created, Failure> {
        let bar = Bar::start("snapshot");
        let created = match self {
            Self::Data(engine) => {
                let NewSnapshot { name, kind, sku, tags, allow_changing } = new;
                let changing = if allow_changing { Changing::Allowed } else { Changing::Refused };
                let request = SnapshotRequest { id: None, disk, name, kind, sku, tags, changing };
                let progress = Arc::<Bar>::clone(&bar);
                Box::pin(engine.create_snapshot(request, progress)).await.map_err(Failure::from)
            }
            Self::Server(client) => {
                client.create_snapshot(&disk, &new, bar.as_ref()).map_err(Failure::from)
            }
        };
        bar.done();
        created
    }

    pub(super) async fn delete(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        match self {
            Self::Data(engine) => drop(engine.delete(&snapshot.id.to_string()).await?),
            Self::Server(client) => client.delete_snapshot(snapshot)?,
        }
        Ok(())
    }

    /// Reads a snapshot back.
    pub(super) async fn verify(
        &self,
        snapshot: &str,
        bar: &Arc<Bar>,
    ) -> Result<VerifyReport, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.verify(snapshot, Arc::<Bar>::clone(bar)).await?,
            Self::Server(client) => client.verify(snapshot, bar.as_ref())?,
        })
    }

    /// Tells the runs in which two snapshots differ.
    pub(super) async fn diff(
        &self,
        base: &str,
        target: &str,
        granularity: Granularity,
        each: &mut (dyn FnMut(DiffItem) + Send),
    ) -> Result<DiffSummary, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.diff(base, target, granularity, None, each).await?,
            Self::Server(client) => client.diff(base, target, granularity, each)?,
        })
    }

    /// Writes a snapshot to a file of this machine; says how many bytes it has.
    pub(super) async fn export(
        &self,
        snapshot: &str,
        file: &Path,
        format: ExportFormat,
    ) -> Result<u64, Failure> {
        let bar = Bar::start("export");
        let exported = match self {
            Self::Data(engine) => {
                let progress = Arc::<Bar>::clone(&bar);
                engine.export(snapshot, file, format, progress).await.map_err(Failure::from)
            }
            Self::Server(client) => {
                client.export(snapshot, file, format, bar.as_ref()).map_err(Failure::from)
            }
        };
        bar.done();
        exported
    }

    pub(super) async fn costs(&self) -> Result<Costs, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.costs(&PriceSheet::azure_east_us()).await?,
            Self::Server(client) => client.costs()?,
        })
    }

    pub(super) async fn gc_plan(&self) -> Result<GcReport, Failure> {
        Ok(match self {
            Self::Data(engine) => engine.gc_plan().await?,
            Self::Server(client) => client.gc_plan()?,
        })
    }

    pub(super) async fn gc(&self) -> Result<GcReport, Failure> {
        Ok(match self {
            Self::Data(engine) => Box::pin(engine.gc()).await?,
            Self::Server(client) => {
                let bar = Bar::start("gc");
                let collected = client.gc(bar.as_ref());
                bar.done();
                collected?
            }
        })
    }
}

async fn create_disk(engine: &Engine, new: NewDisk) -> Result<Disk, Failure> {
    let NewDisk { name, group, sku, snapshot_sku, tags, source } = new;
    let path = ResourcePath { group: group.unwrap_or_else(ResourcePath::default_group), name };
    let sku = sku.unwrap_or(Sku::StandardLrs);
    let origin = match source {
        NewDiskSource::Attached { path: image } => {
            let image = image.into();
            let request = AttachRequest { id: None, path, image, sku, snapshot_sku, tags };
            return Ok(engine.attach(request).await?);
        }
        NewDiskSource::Snapshot { snapshot, as_file: Some(image), .. } => {
            let bar = Bar::start("export");
            let image = PathBuf::from(image);
            let request = AttachRequest { id: None, path, image, sku, snapshot_sku, tags };
            let made = engine.write_out(&snapshot, request, Arc::<Bar>::clone(&bar)).await;
            bar.done();
            return Ok(made?);
        }
        NewDiskSource::Snapshot { snapshot, size_bytes: size, as_file: None } => {
            Origin::Snapshot { snapshot, size }
        }
        NewDiskSource::Empty { size_bytes: size } => Origin::Empty { size },
    };
    let request = CreateRequest { id: None, path, sku, snapshot_sku, tags, origin };
    Ok(engine.create_disk(request).await?)
}
