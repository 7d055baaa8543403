//! A least-recently-used cache bounded by the bytes that its values take.

use std::{
    fmt,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;

/// Values by key, the least recently used leaving when their weights pass the budget.
pub(crate) struct Cache<K: Hash + Eq, V> {
    state: Mutex<State<K, V>>,
    budget_bytes: usize,
}

struct State<K: Hash + Eq, V> {
    values: LruCache<K, (V, usize)>,
    bytes: usize,
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    pub(crate) fn new(budget_bytes: usize) -> Self {
        let state = State { values: LruCache::unbounded(), bytes: 0 };
        Self { state: Mutex::new(state), budget_bytes }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.values.get(key).map(|(value, _)| value.clone())
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.values.clear();
        state.bytes = 0;
    }

    /// Keeps a value that takes about `bytes`; one larger than the budget leaves at once.
    pub(crate) fn insert(&self, key: K, value: V, bytes: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, (_, old))) = state.values.push(key, (value, bytes)) {
            state.bytes -= old;
        }
        state.bytes += bytes;
        while state.bytes > self.budget_bytes {
            match state.values.pop_lru() {
                Some((_, (_, old))) => state.bytes -= old,
                None => break,
            }
        }
    }
}

impl<K: Hash + Eq, V> fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("budget_bytes", &self.budget_bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_leaves_first() {
        let cache = Cache::new(20);
        cache.insert(1, 'a', 10);
        cache.insert(2, 'b', 10);
        assert_eq!(cache.get(&1), Some('a'));
        cache.insert(3, 'c', 10);
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some('a'), None, Some('c')));
        cache.insert(4, 'd', 21);
        assert_eq!(cache.get(&4), None);
    }
}
