//! Reads items of one scope by name: nodes, outboards, and where a chunk's blocks are.

mod chunks;

use std::sync::{Arc, atomic::AtomicU64};

use bytes::Bytes;

pub(crate) use chunks::read_chunks;

use crate::{
    block_map::BlockMap,
    cache::Cache,
    format::{
        FormatError, frame,
        index::PackRow,
        node,
        pack::{self, Directory, Item, ItemKind, Owner},
    },
    hash::{self, ItemId, ItemPrefix, Outboard, ZERO_OUTBOARD},
    ids::PackId,
    index::{Candidate, Index},
    store::{ObjectKey, PoolStore, Scope, StoreError},
    tree::{Node, Row},
};

/// How many patches may lie between an item and one that stands alone.
pub(crate) const MAX_DEPTH: u8 = 8;

const DIRECTORY_CACHE_BYTES: usize = 32 << 20;
const FRAME_CACHE_BYTES: usize = 32 << 20;
const NODE_CACHE_BYTES: usize = 16 << 20;
const OUTBOARD_CACHE_BYTES: usize = 16 << 20;
/// Chaining values are fetched this many bytes at a time.
const OUTBOARD_WINDOW: u64 = 256 << 10;

/// The stored items of one scope: a pool's, or one full snapshot's.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(crate) store: PoolStore,
    pub(crate) scope: Scope,
    pub(crate) index: Index,
    directories: Cache<PackId, Arc<Directory>>,
    frames: Cache<(PackId, u32), Bytes>,
    nodes: Cache<ItemId, Arc<Node>>,
    outboards: Cache<(PackId, u64), Bytes>,
}

/// An item, found.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub(crate) directory: Arc<Directory>,
    /// Its number in the pack.
    pub(crate) number: u32,
}

/// Some blocks of a chunk, and the item that carries them.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) located: Located,
    pub(crate) blocks: BlockMap,
}

impl Located {
    pub(crate) fn item(&self) -> &Item {
        &self.directory.items[self.number as usize]
    }
}

impl Objects {
    pub(crate) async fn open(
        store: PoolStore,
        scope: Scope,
        generation: Arc<AtomicU64>,
    ) -> Result<Self, StoreError> {
        let index = Index::open(store.clone(), scope, generation).await?;
        Ok(Self {
            store,
            scope,
            index,
            directories: Cache::new(DIRECTORY_CACHE_BYTES),
            frames: Cache::new(FRAME_CACHE_BYTES),
            nodes: Cache::new(NODE_CACHE_BYTES),
            outboards: Cache::new(OUTBOARD_CACHE_BYTES),
        })
    }

    /// Forgets what was read, and lists the index anew: the store is not what it was.
    pub(crate) async fn renew(&self) -> Result<(), StoreError> {
        self.directories.clear();
        self.frames.clear();
        self.nodes.clear();
        self.outboards.clear();
        self.index.reload().await
    }

    /// The directory of a pack that the index knows.
    pub(crate) async fn directory(&self, row: PackRow) -> Result<Arc<Directory>, StoreError> {
        if let Some(directory) = self.directories.get(&row.id) {
            return Ok(directory);
        }
        let key = ObjectKey::Pack(self.scope, row.id);
        let header = self.store.read(key, Some(0..pack::HEADER as u64), Ok).await?;
        let decode = |tail: Bytes| {
            let directory = pack::decode(&header, &tail, row.length)?;
            let field = FormatError::Field { what: "the pack's id" };
            if directory.pack == row.id { Ok(directory) } else { Err(field) }
        };
        let directory =
            Arc::new(self.store.read(key, Some(row.table_offset..row.length), decode).await?);
        self.directories.insert(row.id, Arc::clone(&directory), directory.weight());
        Ok(directory)
    }

    /// Finds an item by the first half of its name; `None` where no index row names it.
    pub(crate) async fn find(&self, prefix: ItemPrefix) -> Result<Option<Located>, StoreError> {
        self.find_where(prefix, |_| true).await
    }

    /// Finds the item of a name that is stored in a form that fits: two writers at once can store
    /// one chunk in two forms.
    async fn find_where(
        &self,
        prefix: ItemPrefix,
        fits: impl Fn(&Item) -> bool,
    ) -> Result<Option<Located>, StoreError> {
        let mut failure = None;
        for Candidate { pack, item: number } in self.index.find(prefix).await? {
            match self.directory(pack).await {
                Ok(directory) => match directory.items.get(number as usize) {
                    Some(item) if item.id.prefix() == prefix && fits(item) => {
                        return Ok(Some(Located { directory, number }));
                    }
                    _ => {}
                },
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// Finds an item that must be there.
    pub(crate) async fn locate(&self, id: ItemId) -> Result<Located, StoreError> {
        self.must_find(id.prefix(), |_| true).await
    }

    async fn must_find(
        &self,
        prefix: ItemPrefix,
        fits: impl Fn(&Item) -> bool,
    ) -> Result<Located, StoreError> {
        let object = || format!("{}: item {prefix:?}", self.store.pool);
        let found = self.find_where(prefix, fits).await?;
        found.ok_or_else(|| StoreError::Missing { object: object() })
    }

    /// What an item is patched against: nearer to one that stands alone than it is.
    pub(crate) async fn base(&self, item: &Item) -> Result<Option<Located>, StoreError> {
        match item.base {
            Some(base) => self.must_find(base, |found| found.depth < item.depth).await.map(Some),
            None => Ok(None),
        }
    }

    /// The item that carries the blocks of an owner.
    pub(crate) async fn owner(&self, owner: Owner) -> Result<Located, StoreError> {
        self.must_find(owner.item, |found| match found.kind {
            ItemKind::Chunk { carried, .. } => (owner.blocks - carried).is_empty(),
            ItemKind::Node { .. } => false,
        })
        .await
    }

    /// An item and what it is patched against, down to one that stands alone.
    pub(crate) async fn chain(&self, id: ItemId) -> Result<Vec<Located>, StoreError> {
        let mut chain = vec![self.locate(id).await?];
        while let Some(next) = self.base(chain[chain.len() - 1].item()).await? {
            chain.push(next);
        }
        Ok(chain)
    }

    /// Which items have which blocks of a chunk; the other blocks are zeros.
    pub(crate) async fn recipe(&self, id: ItemId) -> Result<Vec<Part>, StoreError> {
        let mut parts = Vec::new();
        let mut open = BlockMap::ALL;
        for located in self.chain(id).await? {
            let (carried, cleared) = self.maps(&located)?;
            let owners = located.item().owners.clone();
            let blocks = carried & open;
            open = open - (carried | cleared);
            if !blocks.is_empty() {
                parts.push(Part { located, blocks });
            }
            for owner in owners {
                let blocks = owner.blocks & open;
                open = open - blocks;
                if !blocks.is_empty() {
                    parts.push(Part { located: self.owner(owner).await?, blocks });
                }
            }
        }
        Ok(parts)
    }

    /// The blocks that a chunk's item carries, and those it clears.
    fn maps(&self, located: &Located) -> Result<(BlockMap, BlockMap), StoreError> {
        match located.item().kind {
            ItemKind::Chunk { carried, cleared, .. } => Ok((carried, cleared)),
            ItemKind::Node { .. } => {
                let source = FormatError::Field { what: "an item that must be a chunk" };
                Err(self.corrupt(located.directory.pack, source))
            }
        }
    }

    /// Does something again whenever it did not find what a garbage collection has moved meanwhile.
    async fn settled<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        loop {
            let before = self.index.generation();
            match attempt().await {
                Err(error) if error.is_missing() && self.index.caught_up(before).await? => {}
                done => return done,
            }
        }
    }

    /// Whether an item and all that it is made of are there.
    pub(crate) async fn has(&self, id: ItemId) -> Result<bool, StoreError> {
        let whole = match self.find(id.prefix()).await {
            Ok(None) => return Ok(false),
            Ok(Some(found)) if found.item().id != id => return Ok(false),
            Ok(Some(found)) if found.item().base.is_none() => return Ok(true),
            Ok(Some(found)) => match found.item().kind {
                ItemKind::Chunk { .. } => self.recipe(id).await.map(drop),
                ItemKind::Node { .. } => self.chain(id).await.map(drop),
            },
            Err(error) => Err(error),
        };
        match whole {
            Ok(()) => Ok(true),
            Err(error) if error.is_damage() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A node.
    pub(crate) async fn node(&self, id: ItemId) -> Result<Arc<Node>, StoreError> {
        match self.nodes.get(&id) {
            Some(node) => Ok(node),
            None => self.settled(|| self.read_node(id)).await,
        }
    }

    async fn read_node(&self, id: ItemId) -> Result<Arc<Node>, StoreError> {
        let chain = self.chain(id).await?;
        let mut node = None;
        for located in chain.iter().rev() {
            let bytes = self.node_bytes(located).await?;
            let pack = located.directory.pack;
            match &mut node {
                None => node = Some(node::decode(&bytes).map_err(|it| self.corrupt(pack, it))?),
                Some(node) => {
                    node.apply(&node::decode_rows(&bytes).map_err(|it| self.corrupt(pack, it))?);
                }
            }
        }
        let node = Arc::new(node.expect("a chain has a last item"));
        if node::encode_named(&node).is_none_or(|(actual, _)| actual != id) {
            let source = FormatError::Checksum { what: "a tree node" };
            return Err(self.corrupt(chain[0].directory.pack, source));
        }
        self.nodes.insert(id, Arc::clone(&node), 17 << 10);
        Ok(node)
    }

    /// The rows by which a node differs from the one it is patched against; `None`: it is whole.
    pub(crate) async fn node_rows(
        &self,
        id: ItemId,
    ) -> Result<Option<(ItemPrefix, Vec<Row>)>, StoreError> {
        self.settled(|| self.read_node_rows(id)).await
    }

    async fn read_node_rows(
        &self,
        id: ItemId,
    ) -> Result<Option<(ItemPrefix, Vec<Row>)>, StoreError> {
        let located = self.locate(id).await?;
        let Some(base) = located.item().base else { return Ok(None) };
        let bytes = self.node_bytes(&located).await?;
        let rows = node::decode_rows(&bytes);
        rows.map(|rows| Some((base, rows))).map_err(|it| self.corrupt(located.directory.pack, it))
    }

    async fn node_bytes(&self, located: &Located) -> Result<Vec<u8>, StoreError> {
        let item = located.item();
        let ItemKind::Node { length, .. } = item.kind else {
            let source = FormatError::Field { what: "an item that must be a node" };
            return Err(self.corrupt(located.directory.pack, source));
        };
        let plain = self.frame(&located.directory, item.frame).await?;
        // The directory was checked to add up to the frame's plain length, and so was the frame.
        Ok(plain[item.offset as usize..][..length as usize].to_vec())
    }

    /// The plain bytes of a frame.
    async fn frame(&self, directory: &Directory, number: u32) -> Result<Bytes, StoreError> {
        let cache_key = (directory.pack, number);
        if let Some(plain) = self.frames.get(&cache_key) {
            return Ok(plain);
        }
        let row = &directory.frames[number as usize];
        let key = ObjectKey::Pack(self.scope, directory.pack);
        let range = row.offset..row.offset + u64::from(row.length);
        let decode = |bytes: Bytes| decode_frame(&bytes, row.plain_length);
        let plain = self.store.read(key, Some(range), decode).await?;
        self.frames.insert(cache_key, plain.clone(), plain.len());
        Ok(plain)
    }

    /// The chaining values of a chunk's blocks, checked against its id.
    pub(crate) async fn outboard(&self, id: ItemId) -> Result<Outboard, StoreError> {
        self.settled(|| self.read_outboard(id)).await
    }

    async fn read_outboard(&self, id: ItemId) -> Result<Outboard, StoreError> {
        let mut values = *ZERO_OUTBOARD;
        let parts = self.recipe(id).await?;
        for Part { located, blocks } in &parts {
            let ItemKind::Chunk { carried, first_value, .. } = located.item().kind else {
                unreachable!("a recipe has chunks only");
            };
            for block in *blocks {
                let value = u64::from(first_value) + carried.rank(block) as u64;
                values[block as usize] = self.chaining_value(&located.directory, value).await?;
            }
        }
        if hash::merge(&values) == id {
            return Ok(values);
        }
        let object = format!("{}: the outboard of chunk {id}", self.store.pool);
        Err(StoreError::Corrupt { object, source: FormatError::Checksum { what: "a chunk" } })
    }

    async fn chaining_value(
        &self,
        directory: &Directory,
        value: u64,
    ) -> Result<[u8; 32], StoreError> {
        let at = value * 32;
        let window = at / OUTBOARD_WINDOW;
        let cache_key = (directory.pack, window);
        let bytes = if let Some(bytes) = self.outboards.get(&cache_key) {
            bytes
        } else {
            let start = directory.outboards_offset + window * OUTBOARD_WINDOW;
            let end = (start + OUTBOARD_WINDOW).min(directory.table_offset);
            let key = ObjectKey::Pack(self.scope, directory.pack);
            let bytes = self.store.read(key, Some(start..end), Ok).await?;
            self.outboards.insert(cache_key, bytes.clone(), bytes.len());
            bytes
        };
        let start = (at % OUTBOARD_WINDOW) as usize;
        let mut result = [0; 32];
        result.copy_from_slice(&bytes[start..start + 32]);
        Ok(result)
    }

    /// The blocks of a chunk that are not zeros; absent is all zeros.
    pub(crate) async fn non_zero(&self, chunk: Option<ItemId>) -> Result<BlockMap, StoreError> {
        let Some(id) = chunk else { return Ok(BlockMap::EMPTY) };
        let parts = self.settled(|| self.recipe(id)).await?;
        Ok(parts.iter().fold(BlockMap::EMPTY, |sum, part| sum | part.blocks))
    }

    /// A chunk that cannot be stored, since its base changed from one reading to the next.
    pub(crate) fn incomplete(&self, id: ItemId) -> StoreError {
        let object = format!("{}: the base of chunk {id}", self.store.pool);
        StoreError::Corrupt { object, source: FormatError::Field { what: "its blocks" } }
    }

    pub(crate) fn corrupt(&self, pack: PackId, source: FormatError) -> StoreError {
        let object = self.store.name(ObjectKey::Pack(self.scope, pack));
        StoreError::Corrupt { object, source }
    }
}

/// The plain bytes of a frame whose directory gives their length.
fn decode_frame(bytes: &[u8], plain_length: u32) -> Result<Bytes, FormatError> {
    let plain = Bytes::from(frame::decode(bytes)?);
    let field = FormatError::Field { what: "the frame's length" };
    if plain.len() == plain_length as usize { Ok(plain) } else { Err(field) }
}
