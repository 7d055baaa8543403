//! A pool's objects: created once in each of its zones, read from whichever has them.

mod error;
pub(crate) mod key;
mod registration;
mod staged;
mod zone;

use std::{collections::BTreeMap, ops::Range};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future};
use object_store::{ObjectStoreExt as _, PutMode, PutOptions, PutPayload, path::Path};
use shared::Pool;

pub use error::StoreError;
pub(crate) use key::{ObjectKey, Scope};
pub use registration::ZoneFile;
pub(crate) use zone::Zone;
pub use zone::{StoreOpener, UrlOpener, ZoneConfig};

use crate::format::FormatError;

/// The zones that hold one pool.
#[derive(Debug, Clone)]
pub(crate) struct PoolStore {
    pub(crate) pool: Pool,
    pub(crate) zones: Vec<Zone>,
}

/// An object that a listing found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: ObjectKey,
    pub(crate) size: u64,
}

impl PoolStore {
    /// Creates an object in every zone that is up: durably, and never over another one.
    ///
    /// Says in how many zones it is. Fewer than the SKU's quorum is an error, as is an object of
    /// that name with other bytes; the same bytes are the same object, put twice.
    pub(crate) async fn create(
        &self,
        key: ObjectKey,
        parts: &[Bytes],
    ) -> Result<usize, StoreError> {
        let puts = self.zones.iter().map(|zone| self.create_in(zone, key, parts));
        let (mut copies, mut failure) = (0, None);
        for put in future::join_all(puts).await {
            match put {
                Ok(()) => copies += 1,
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if copies < self.pool.sku.quorum() => Err(error),
            _ => Ok(copies),
        }
    }

    async fn create_in(
        &self,
        zone: &Zone,
        key: ObjectKey,
        parts: &[Bytes],
    ) -> Result<(), StoreError> {
        let store = zone.store()?;
        let path = key.path();
        let payload: PutPayload = parts.iter().cloned().collect();
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match store.put_opts(&path, payload, options).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.read_in(zone, key, None).await?;
                let same = there.len() == parts.iter().map(Bytes::len).sum::<usize>()
                    && there.iter().eq(parts.iter().flatten());
                if same { Ok(()) } else { Err(StoreError::Exists { object: self.name(key) }) }
            }
            Err(error) => Err(StoreError::new("write", self.name(key), error)),
        }
    }

    /// Checks before something is written that the zones are still those that were registered, as
    /// many of them as it takes: a store may go away under a running server, and an empty folder be
    /// in its place.
    pub(crate) async fn check_zones(&self) -> Result<(), StoreError> {
        let (mut there, mut failure) = (0, None);
        for checked in future::join_all(self.zones.iter().map(Zone::is_still_there)).await {
            match checked {
                Ok(()) => there += 1,
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if there < self.pool.sku.quorum() => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads an object, or a range of it, from the first zone whose bytes `decode` accepts.
    pub(crate) async fn read<T>(
        &self,
        key: ObjectKey,
        range: Option<Range<u64>>,
        decode: impl Fn(Bytes) -> Result<T, FormatError>,
    ) -> Result<T, StoreError> {
        let mut failure = None;
        for zone in &self.zones {
            let read = self.read_in(zone, key, range.clone()).await.and_then(|bytes| {
                let object = self.name(key);
                decode(bytes).map_err(|source| StoreError::Corrupt { object, source })
            });
            match read {
                Ok(value) => return Ok(value),
                // What says most about the cause wins: bad bytes before absence.
                Err(error) if failure.is_none() || !error.is_missing() => failure = Some(error),
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| StoreError::Missing { object: self.name(key) }))
    }

    async fn read_in(
        &self,
        zone: &Zone,
        key: ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<Bytes, StoreError> {
        let store = zone.store()?;
        let path = key.path();
        let read = match range.clone() {
            Some(range) => store.get_range(&path, range).await,
            None => match store.get(&path).await {
                Ok(found) => found.bytes().await,
                Err(error) => Err(error),
            },
        };
        let short = || {
            let source = FormatError::Short { what: "the object" };
            StoreError::Corrupt { object: self.name(key), source }
        };
        match (read, range) {
            (Ok(bytes), Some(range)) if bytes.len() as u64 != range.end - range.start => {
                Err(short())
            }
            (Ok(bytes), _) => Ok(bytes),
            // Stores refuse a range that begins past the end of what is left of an object.
            (Err(_), Some(range))
                if store.head(&path).await.is_ok_and(|object| object.size < range.end) =>
            {
                Err(short())
            }
            (Err(error), _) => Err(StoreError::new("read", self.name(key), error)),
        }
    }

    /// Every object of ours below a folder, in any zone, in order of its key.
    ///
    /// A zone that cannot be listed is an error: nobody may conclude that it has nothing.
    pub(crate) async fn list(&self, folder: Option<&Path>) -> Result<Vec<Listed>, StoreError> {
        let mut found = BTreeMap::new();
        for zone in &self.zones {
            let stream = zone.store()?.list(folder);
            let listed = stream.try_collect::<Vec<_>>().await.map_err(|error| {
                StoreError::new("list", format!("{}/{}", self.pool, zone.name), error)
            })?;
            for object in listed {
                if let Some(key) = ObjectKey::parse(&object.location) {
                    found.insert(key, object.size);
                }
            }
        }
        Ok(found.into_iter().map(|(key, size)| Listed { key, size }).collect())
    }

    /// Deletes objects from every zone; what is gone already is no error.
    pub(crate) async fn delete(&self, keys: &[ObjectKey]) -> Result<(), StoreError> {
        for zone in &self.zones {
            let store = zone.store()?;
            // By value: a future that borrows from a stream's items cannot change threads.
            let mut deletions = futures::stream::iter(keys.to_vec())
                .map(|key| async move { (key, store.delete(&key.path()).await) })
                .buffer_unordered(16);
            while let Some((key, deleted)) = deletions.next().await {
                match deleted {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(StoreError::new("delete", self.name(key), error)),
                }
            }
        }
        Ok(())
    }

    /// How an object is named to people: pool and path.
    pub(crate) fn name(&self, key: ObjectKey) -> String {
        format!("{}/{key}", self.pool)
    }
}
