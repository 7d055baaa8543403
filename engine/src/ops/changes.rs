//! The chunks in which two snapshots differ, kept once they were found: a disk in parts of 64 GiB.

use std::{ops::Range, sync::Arc};

use crate::{
    catalog::SnapshotRow,
    diff::{ChunkDiff, Pair, diff_below, pairs_at},
    engine::Engine,
    error::Error,
    tree::height,
    view::View,
};

/// The level of the nodes below which a list is kept: they span 64 GiB.
const LEVEL: u8 = 1;

/// The chunks of a window in which two snapshots differ.
#[derive(Debug)]
pub(crate) struct Changes {
    lists: Vec<Arc<[ChunkDiff]>>,
    window: Range<u64>,
}

impl Changes {
    /// The chunks, in order of their place.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &ChunkDiff> {
        self.lists.iter().flat_map(|list| {
            let place = |chunk: u64| list.partition_point(|it| it.index.0 < chunk);
            &list[place(self.window.start)..place(self.window.end)]
        })
    }
}

impl Engine {
    /// What differs between two snapshots of one disk in a window of chunks.
    pub(crate) async fn changes_between(
        &self,
        base: &SnapshotRow,
        target: &SnapshotRow,
        window: &Range<u64>,
    ) -> Result<Changes, Error> {
        let mut sides = Sides { engine: self, base, target, views: None };
        let mut lists = Vec::new();
        for pair in sides.pairs().await?.iter() {
            let Range { start, end } = pair.chunks();
            if start < window.end && window.start < end {
                lists.push(sides.list(*pair).await?);
            }
        }
        Ok(Changes { lists, window: window.clone() })
    }
}

/// Two snapshots, opened when something must be read.
struct Sides<'a> {
    engine: &'a Engine,
    base: &'a SnapshotRow,
    target: &'a SnapshotRow,
    views: Option<(View, View)>,
}

impl Sides<'_> {
    async fn views(&mut self) -> Result<&(View, View), Error> {
        if self.views.is_none() {
            let base = self.engine.view(self.base).await?;
            self.views = Some((base, self.engine.view(self.target).await?));
        }
        Ok(self.views.as_ref().expect("they were opened just now"))
    }

    async fn pairs(&mut self) -> Result<Arc<[Pair]>, Error> {
        let tree = |row: &SnapshotRow| (row.manifest.root(), height(row.manifest.size_bytes));
        let key = (tree(self.base), tree(self.target));
        if let Some(pairs) = self.engine.insight.pairs.get(&key) {
            return Ok(pairs);
        }
        let (base, target) = self.views().await?;
        let pairs: Arc<[Pair]> = pairs_at(base, target, LEVEL).await?.into();
        let bytes = size_of_val(&key) + size_of_val(pairs.as_ref());
        self.engine.insight.pairs.insert(key, Arc::clone(&pairs), bytes);
        Ok(pairs)
    }

    async fn list(&mut self, pair: Pair) -> Result<Arc<[ChunkDiff]>, Error> {
        if let Some(list) = self.engine.insight.lists.get(&pair) {
            return Ok(list);
        }
        let (base, target) = self.views().await?;
        let list: Arc<[ChunkDiff]> = diff_below(base, target, pair).await?.into();
        let bytes = size_of_val(&pair) + size_of_val(list.as_ref());
        self.engine.insight.lists.insert(pair, Arc::clone(&list), bytes);
        Ok(list)
    }
}
