//! Managed disks as tests make, write and read them.

use std::sync::Arc;

use bytes::Bytes;
use engine::{CreateRequest, Engine, Error, ExportFormat, NoProgress, Origin};
use futures::TryStreamExt as _;
use shared::{ByteSize, Disk, DiskSource, Sku, Tags};

use crate::place::Place;

/// Makes a managed disk of a name.
pub async fn create(engine: &Engine, name: &str, origin: Origin) -> Result<Disk, Error> {
    let path = name.parse()?;
    let (sku, tags) = (Sku::PremiumLrs, Tags::default());
    engine
        .create_disk(CreateRequest { id: None, path, sku, snapshot_sku: None, tags, origin })
        .await
}

/// Makes a managed disk of zeros.
pub async fn create_empty(engine: &Engine, name: &str, size: u64) -> Result<Disk, Error> {
    let size = ByteSize::new(size).expect("a test's disk has a size that disks can have");
    create(engine, name, Origin::Empty { size }).await
}

/// Makes a managed disk of a snapshot.
pub async fn create_from(engine: &Engine, name: &str, snapshot: &str) -> Result<Disk, Error> {
    create(engine, name, Origin::Snapshot { snapshot: snapshot.to_owned(), size: None }).await
}

/// Writes to a managed disk.
pub async fn write(engine: &Engine, disk: &str, offset: u64, bytes: &[u8]) -> Result<(), Error> {
    engine.write_disk(disk, offset, Bytes::copy_from_slice(bytes)).await
}

/// Reads all of a disk.
pub async fn read(engine: &Engine, disk: &str) -> Result<Vec<u8>, Error> {
    let reader = engine.read_disk(disk).await?;
    let size = reader.size().bytes();
    read_range(engine, disk, 0, size).await
}

/// Reads a range of a disk.
pub async fn read_range(
    engine: &Engine,
    disk: &str,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, Error> {
    let reader = engine.read_disk(disk).await?;
    let pieces: Vec<Bytes> = reader.read(offset..offset + length).try_collect().await?;
    Ok(pieces.concat())
}

/// All bytes of a snapshot, by way of a file.
pub async fn exported(engine: &Engine, place: &Place, snapshot: &str) -> Result<Vec<u8>, Error> {
    let file = place.path("out.img");
    engine.export(snapshot, &file, ExportFormat::Raw, Arc::new(NoProgress)).await?;
    Ok(std::fs::read(file).expect("an export can be read"))
}

/// The bytes of blocks that are in no snapshot.
pub fn dirty_bytes(disk: &Disk) -> u64 {
    match disk.source {
        DiskSource::Managed { dirty_bytes, .. } => dirty_bytes,
        DiskSource::Attached { .. } => panic!("{} is no managed disk", disk.name),
    }
}
