//! Joining small segments, so that a look-up asks a few and not one for every snapshot.

use std::{collections::BTreeMap, sync::Arc};

use super::Index;
use crate::{
    format::index::{self, Head, ItemRow},
    ids::SegmentId,
    store::{ObjectKey, StoreError},
};

/// Segments of one size class that stand side by side until they are joined.
const FANOUT: usize = 64;
/// Segments with more rows than this stay as they are: 1 Mi rows, 16 MiB.
const MAX_ROWS: u64 = 1 << 20;

/// The size class of a segment: each is sixty-four times as large as the one before.
const fn class(head: &Head) -> u32 {
    (head.items | 1).ilog2() / 6
}

impl Index {
    /// The segments that a new one should take the place of; empty when there are few enough.
    pub(crate) fn to_join(&self) -> Vec<Arc<Head>> {
        let mut classes: BTreeMap<u32, Vec<Arc<Head>>> = BTreeMap::new();
        for head in self.segments().iter() {
            if head.items < MAX_ROWS {
                classes.entry(class(head)).or_default().push(Arc::clone(head));
            }
        }
        classes.into_values().find(|heads| heads.len() >= FANOUT).unwrap_or_default()
    }

    /// Writes one segment in the place of several: the new one is there before the old ones go,
    /// so whoever looks finds the rows in one or the other.
    pub(crate) async fn join(&self, old: &[Arc<Head>], id: SegmentId) -> Result<(), StoreError> {
        let (mut packs, mut rows) = (Vec::new(), Vec::new());
        for head in old {
            let first = packs.len() as u32;
            packs.extend_from_slice(&head.packs);
            for page in 0..head.pages.len() {
                let page = self.page(head, page).await?;
                rows.extend(page.iter().map(|row| ItemRow { pack: row.pack + first, ..*row }));
            }
        }
        let bytes = index::encode(id, &packs, rows);
        self.store.create(ObjectKey::Index(self.scope, id), &[bytes.into()]).await?;
        self.add(id).await?;
        let gone: Vec<SegmentId> = old.iter().map(|head| head.id).collect();
        self.remove(&gone).await;
        let keys: Vec<_> = gone.iter().map(|&id| ObjectKey::Index(self.scope, id)).collect();
        self.store.delete(&keys).await
    }
}
