//! Where items are: the index segments of one scope, looked up page by page.

mod join;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    cache::Cache,
    format::index::{self, Head, ItemRow, PackRow},
    hash::ItemPrefix,
    ids::SegmentId,
    store::{ObjectKey, PoolStore, Scope, StoreError},
};

/// Bytes of index pages kept in memory.
const PAGE_CACHE_BYTES: usize = 32 << 20;

/// The index of one scope.
#[derive(Debug)]
pub(crate) struct Index {
    store: PoolStore,
    scope: Scope,
    segments: RwLock<Arc<[Arc<Head>]>>,
    /// Raised when packs are about to go that it had named.
    generation: AtomicU64,
    pages: Cache<(SegmentId, usize), Arc<[ItemRow]>>,
}

/// A place where an item may be; its directory tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) pack: PackRow,
    /// Number of the item in the pack.
    pub(crate) item: u32,
}

impl Index {
    /// Reads the heads of all segments.
    pub(crate) async fn open(store: PoolStore, scope: Scope) -> Result<Self, StoreError> {
        let segments = RwLock::new(read_heads(&store, scope).await?.into());
        let (generation, pages) = (AtomicU64::new(0), Cache::new(PAGE_CACHE_BYTES));
        Ok(Self { store, scope, segments, generation, pages })
    }

    /// Reads the heads anew, after a garbage collection and before the old packs go: whoever finds
    /// one missing sees by the generation that it has moved.
    pub(crate) async fn reload(&self) -> Result<(), StoreError> {
        self.set(read_heads(&self.store, self.scope).await?);
        self.generation.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// How often packs have gone so far.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn set(&self, heads: Vec<Arc<Head>>) {
        *self.segments.write().unwrap_or_else(PoisonError::into_inner) = heads.into();
    }

    /// Reads a segment whole, rows and all; gives its head.
    pub(crate) async fn read_whole(
        store: &PoolStore,
        scope: Scope,
        id: SegmentId,
    ) -> Result<Head, StoreError> {
        let head = read_head(store, scope, id).await?;
        for page in 0..head.pages.len() {
            let range = Some(head.page_range(page));
            let decode = |bytes: bytes::Bytes| head.decode_page(page, &bytes);
            store.read(ObjectKey::Index(scope, id), range, decode).await?;
        }
        Ok(head)
    }

    /// The segments there are.
    pub(crate) fn segments(&self) -> Arc<[Arc<Head>]> {
        Arc::clone(&self.segments.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in a segment that was written.
    pub(crate) async fn add(&self, segment: SegmentId) -> Result<(), StoreError> {
        let head = read_head(&self.store, self.scope, segment).await?;
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        *segments = segments.iter().cloned().chain([Arc::new(head)]).collect();
        Ok(())
    }

    /// Forgets segments that are no more.
    pub(crate) fn remove(&self, gone: &[SegmentId]) {
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        *segments = segments.iter().filter(|it| !gone.contains(&it.id)).cloned().collect();
    }

    /// Every place where an item of that name may be, newest segment first.
    pub(crate) async fn find(&self, prefix: ItemPrefix) -> Result<Vec<Candidate>, StoreError> {
        match self.find_in_segments(prefix).await {
            // Another process may have joined segments; then the rows are in a new one.
            Err(StoreError::Missing { .. }) => {
                self.set(read_heads(&self.store, self.scope).await?);
                self.find_in_segments(prefix).await
            }
            found => found,
        }
    }

    async fn find_in_segments(&self, prefix: ItemPrefix) -> Result<Vec<Candidate>, StoreError> {
        let key = prefix.sort_key();
        let mut found = Vec::new();
        for segment in self.segments().iter().rev() {
            // Rows of one key may go on from page to page.
            let first =
                segment.pages.partition_point(|page| page.first_key < key).saturating_sub(1);
            for page in first..segment.pages.len() {
                if segment.pages[page].first_key > key {
                    break;
                }
                let rows = self.page(segment, page).await?;
                let start = rows.partition_point(|row| row.key < key);
                found.extend(rows[start..].iter().take_while(|row| row.key == key).map(|row| {
                    Candidate { pack: segment.packs[row.pack as usize], item: row.item }
                }));
            }
        }
        Ok(found)
    }

    /// The rows of one page.
    pub(crate) async fn page(
        &self,
        head: &Head,
        page: usize,
    ) -> Result<Arc<[ItemRow]>, StoreError> {
        let cache_key = (head.id, page);
        if let Some(rows) = self.pages.get(&cache_key) {
            return Ok(rows);
        }
        let key = ObjectKey::Index(self.scope, head.id);
        let range = head.page_range(page);
        let decode = |bytes: bytes::Bytes| head.decode_page(page, &bytes);
        let rows: Arc<[ItemRow]> = self.store.read(key, Some(range), decode).await?.into();
        self.pages.insert(cache_key, Arc::clone(&rows), size_of_val(rows.as_ref()));
        Ok(rows)
    }
}

/// Reads the heads of all segments. One that another process joined with others between the
/// listing and the reading is in the next listing's new segment.
async fn read_heads(store: &PoolStore, scope: Scope) -> Result<Vec<Arc<Head>>, StoreError> {
    let folder = match scope {
        Scope::Shared => "index".into(),
        Scope::Full(snapshot) => crate::store::key::full_prefix(snapshot).join("index"),
    };
    let mut last = Vec::new();
    loop {
        let listed = store.list(Some(&folder)).await?;
        let mut heads = Vec::new();
        let mut missing = None;
        for object in &listed {
            if let ObjectKey::Index(_, segment) = object.key {
                match read_head(store, scope, segment).await {
                    Ok(head) => heads.push(Arc::new(head)),
                    Err(error) if error.is_missing() => missing = Some(error),
                    Err(error) => return Err(error),
                }
            }
        }
        match missing {
            None => return Ok(heads),
            // The same listing twice: it is not being joined, it is gone.
            Some(error) if listed == last => return Err(error),
            Some(_) => last = listed,
        }
    }
}

/// Reads all of a segment but its rows.
async fn read_head(store: &PoolStore, scope: Scope, id: SegmentId) -> Result<Head, StoreError> {
    let key = ObjectKey::Index(scope, id);
    let header = Some(0..index::HEADER as u64);
    let length = store.read(key, header, |bytes| index::head_length(&bytes)).await?;
    store.read(key, Some(0..length), |bytes| index::decode_head(&bytes)).await
}
