//! Crashes and faults at every call of the store.
