//! Where items are: the index segments of one scope, looked up page by page.

mod join;
mod merged;

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use self::merged::Merged;
use crate::{
    cache::Cache,
    cpu::cpu,
    format::index::{self, Head, ItemRow, PackRow},
    hash::ItemPrefix,
    ids::SegmentId,
    store::{ObjectKey, PoolStore, Scope, StoreError},
};

/// Look-ups from which on merging small segments pays.
const LOOKUPS: u64 = 1024;
/// So many small segments that are not merged yet are worth merging.
const MERGED: usize = 4;
/// Bytes of index pages kept in memory.
const PAGE_CACHE_BYTES: usize = 32 << 20;

/// The index of one scope.
#[derive(Debug)]
pub(crate) struct Index {
    store: PoolStore,
    scope: Scope,
    state: RwLock<State>,
    /// Look-ups since small segments were merged.
    lookups: AtomicU64,
    /// Held by who merges them.
    merging: Mutex<()>,
    /// Held by who changes which segments there are, or lists them.
    listing: Mutex<()>,
    /// Raised when packs are about to go that it had named; shared with the pool's other indexes.
    generation: Arc<AtomicU64>,
    /// The generation in which the segments were listed.
    listed_at: AtomicU64,
    pages: Cache<(SegmentId, usize), Arc<[ItemRow]>>,
}

/// The segments there are, and what of them is merged in memory.
#[derive(Debug, Clone, Default)]
struct State {
    segments: Arc<[Arc<Head>]>,
    merged: Arc<Merged>,
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
    pub(crate) async fn open(
        store: PoolStore,
        scope: Scope,
        generation: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let index = Self {
            store,
            scope,
            state: RwLock::default(),
            lookups: AtomicU64::new(0),
            merging: Mutex::default(),
            listing: Mutex::default(),
            generation,
            listed_at: AtomicU64::new(0),
            pages: Cache::new(PAGE_CACHE_BYTES),
        };
        index.list().await?;
        Ok(index)
    }

    /// Lists the segments there are.
    async fn list(&self) -> Result<(), StoreError> {
        let _listing = self.listing.lock().await;
        let generation = self.generation();
        let heads = read_heads(&self.store, self.scope).await?;
        self.change(|_| heads.into());
        self.listed_at.store(generation, Ordering::SeqCst);
        Ok(())
    }

    /// Reads the heads anew, after a garbage collection and before the old packs go: whoever finds
    /// one missing sees by the generation that it has moved.
    pub(crate) async fn reload(&self) -> Result<(), StoreError> {
        self.list().await?;
        let before = self.generation.fetch_add(1, Ordering::SeqCst);
        self.listed_at.store(before + 1, Ordering::SeqCst);
        Ok(())
    }

    /// Whether packs have gone since a generation, or since the segments were listed; if so, they
    /// are listed anew.
    pub(crate) async fn caught_up(&self, since: u64) -> Result<bool, StoreError> {
        let now = self.generation();
        if self.listed_at.load(Ordering::SeqCst) == now {
            return Ok(now != since);
        }
        self.list().await?;
        Ok(true)
    }

    /// How often packs have gone so far.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    fn change(&self, change: impl FnOnce(&[Arc<Head>]) -> Arc<[Arc<Head>]>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.segments = change(&state.segments);
        if !state.merged.is_within(&state.segments) {
            state.merged = Arc::default();
        }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
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
        self.state().segments
    }

    /// Takes in a segment that was written.
    pub(crate) async fn add(&self, segment: SegmentId) -> Result<(), StoreError> {
        let _listing = self.listing.lock().await;
        let head = read_head(&self.store, self.scope, segment).await?;
        self.change(|segments| segments.iter().cloned().chain([Arc::new(head)]).collect());
        Ok(())
    }

    /// Forgets segments that are no more.
    pub(crate) async fn remove(&self, gone: &[SegmentId]) {
        let _listing = self.listing.lock().await;
        self.change(|segments| {
            segments.iter().filter(|it| !gone.contains(&it.id)).cloned().collect()
        });
    }

    /// Every place where an item of that name may be.
    pub(crate) async fn find(&self, prefix: ItemPrefix) -> Result<Vec<Candidate>, StoreError> {
        match self.find_in_segments(prefix).await {
            // Another process may have joined segments; then the rows are in a new one.
            Err(StoreError::Missing { .. }) => {
                self.list().await?;
                self.find_in_segments(prefix).await
            }
            found => found,
        }
    }

    async fn find_in_segments(&self, prefix: ItemPrefix) -> Result<Vec<Candidate>, StoreError> {
        let key = prefix.sort_key();
        if self.lookups.fetch_add(1, Ordering::Relaxed) >= LOOKUPS {
            self.merge().await?;
        }
        let State { segments, merged } = self.state();
        let mut found: Vec<_> = merged.find(key).collect();
        for segment in segments.iter().rev().filter(|segment| !merged.has(segment.id)) {
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

    /// Merges small segments in memory, unless that is done already or being done: many look-ups
    /// in many segments cost more than reading them all.
    async fn merge(&self) -> Result<(), StoreError> {
        let Ok(_merging) = self.merging.try_lock() else { return Ok(()) };
        self.lookups.store(0, Ordering::Relaxed);
        let State { segments, merged } = self.state();
        let mut small: Vec<_> = segments.iter().rev().collect();
        small.sort_by_key(|head| head.items);
        let mut rows = 0;
        small.retain(|head| {
            rows += head.items;
            rows <= merged::MAX_ROWS
        });
        if small.iter().filter(|head| !merged.has(head.id)).count() < MERGED {
            return Ok(());
        }
        let mut contents = Vec::with_capacity(small.len());
        for head in small {
            let mut rows = Vec::with_capacity(head.items as usize);
            for page in 0..head.pages.len() {
                rows.extend_from_slice(&self.page(head, page).await?);
            }
            contents.push((Arc::clone(head), rows));
        }
        let merged = cpu(move || Merged::new(contents)).await;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if merged.is_within(&state.segments) {
            state.merged = Arc::new(merged);
        }
        Ok(())
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
