//! The pools' objects, opened once where that can be: what was read of them is kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
};

use shared::Pool;

use crate::{
    Access,
    error::Error,
    objects::Objects,
    store::{PoolStore, Scope, StoreError},
};

/// The objects of some pools. Who is alone in the data directory knows of every change, and keeps
/// what was read of what pools share.
#[derive(Debug, Clone)]
pub(crate) struct OpenObjects {
    pools: BTreeMap<Pool, PoolStore>,
    access: Access,
    kept: Arc<Mutex<BTreeMap<Pool, Arc<Objects>>>>,
    /// How often packs have gone of each pool.
    generations: BTreeMap<Pool, Arc<AtomicU64>>,
}

impl OpenObjects {
    pub(crate) fn new(pools: BTreeMap<Pool, PoolStore>, access: Access) -> Self {
        let generations = pools.keys().map(|pool| (pool.clone(), Arc::default())).collect();
        Self { pools, access, kept: Arc::default(), generations }
    }

    /// Whether what was opened of a scope stays open, and is told of every change.
    pub(crate) fn keeps(&self, scope: Scope) -> bool {
        self.access == Access::Exclusive && scope == Scope::Shared
    }

    /// The objects of a scope, with the index as it is now.
    pub(crate) async fn get(&self, pool: &Pool, scope: Scope) -> Result<Arc<Objects>, Error> {
        if !self.keeps(scope) {
            return self.anew(pool, scope).await;
        }
        if let Some(objects) = self.kept(pool) {
            return Ok(objects);
        }
        let objects = self.anew(pool, scope).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have been quicker; all must have the same one.
        Ok(Arc::clone(kept.entry(pool.clone()).or_insert(objects)))
    }

    /// What is kept open of a pool.
    pub(crate) fn kept(&self, pool: &Pool) -> Option<Arc<Objects>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(pool).cloned()
    }

    /// Forgets what was read of a pool: it is not all there any more.
    pub(crate) async fn renew(&self, pool: &Pool) -> Result<(), StoreError> {
        match self.kept(pool) {
            Some(objects) => objects.renew().await,
            None => Ok(()),
        }
    }

    /// The objects of a scope, with nothing remembered.
    pub(crate) async fn anew(&self, pool: &Pool, scope: Scope) -> Result<Arc<Objects>, Error> {
        let missing = || Error::SkuNotInRegion { region: pool.region.clone(), sku: pool.sku };
        let store = self.pools.get(pool).ok_or_else(missing)?;
        let generation = self.generations.get(pool).cloned().unwrap_or_default();
        Ok(Arc::new(Objects::open(store.clone(), scope, generation).await?))
    }
}
