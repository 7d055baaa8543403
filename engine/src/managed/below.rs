//! What lies below a managed disk's layers: chunks of its base.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use shared::ChunkIndex;

use super::Base;
use crate::{
    block_map::BlockMap,
    engine::OpenObjects,
    error::Error,
    hash::ItemId,
    objects::{Objects, read_chunks},
    view::View,
};

/// Whole chunks, by their place.
pub(crate) type Chunks = BTreeMap<ChunkIndex, Vec<u8>>;

/// The bytes of some chunks of a tree; those that are not there are zeros.
pub(crate) async fn chunks_of(view: &View, chunks: &[ChunkIndex]) -> Result<Chunks, Error> {
    let mut wanted = Vec::new();
    for &chunk in chunks {
        if let Some(id) = view.chunk(chunk).await? {
            wanted.push((chunk, id));
        }
    }
    chunks_named(&view.objects, &wanted).await
}

/// The bytes of some chunks.
pub(crate) async fn chunks_named(
    objects: &Arc<Objects>,
    wanted: &[(ChunkIndex, ItemId)],
) -> Result<Chunks, Error> {
    let found: Arc<Mutex<Chunks>> = Arc::default();
    let sink = Arc::clone(&found);
    let failures = read_chunks(objects, wanted, move |index, bytes, _: BlockMap| {
        let bytes = bytes.to_vec();
        sink.lock().unwrap_or_else(PoisonError::into_inner).insert(index, bytes);
    })
    .await?;
    if let Some(failure) = failures.into_iter().next() {
        let offset = failure.index.offset_bytes();
        return Err(Error::BaseUnreadable { offset, source: failure.error });
    }
    let found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(found)
}

/// Opens the trees below managed disks; the last one stays open.
#[derive(Debug)]
pub(crate) struct Bases {
    objects: OpenObjects,
    last: Mutex<Option<(Base, View)>>,
}

impl Bases {
    pub(crate) fn new(objects: OpenObjects) -> Self {
        Self { objects, last: Mutex::default() }
    }

    /// The tree of a base.
    pub(crate) async fn view(&self, base: &Base) -> Result<View, Error> {
        let keeps = self.objects.keeps(base.scope());
        if let Some((last, view)) = &*self.last.lock().unwrap_or_else(PoisonError::into_inner)
            && last == base
            && !keeps
        {
            return Ok(view.clone());
        }
        let objects = self.objects.get(&base.pool, base.scope()).await?;
        let view = View { objects, size: base.size_bytes, root: base.root() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((base.clone(), view.clone()));
        Ok(view)
    }
}
