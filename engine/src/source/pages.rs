//! An image's tables, read by pages of 4 KiB as they are asked for: what a table says of its own
//! length costs no memory.

use std::{fmt, sync::Arc};

use super::{error::SourceError, layout::Storage};
use crate::cache::Cache;

/// Length of a page in bytes.
pub(super) const PAGE: u64 = 4096;

/// What the pages of one image may take.
const BUDGET: usize = 4 << 20;

/// A page; what of it lies past the end of the file is zeros.
pub(super) type Page = [u8; PAGE as usize];

/// Pages that were read of one storage.
pub(super) struct Pages(Cache<u64, Arc<Page>>);

impl Default for Pages {
    fn default() -> Self {
        Self(Cache::new(BUDGET))
    }
}

impl Pages {
    /// The page that holds a byte, which lies in the storage, and where in the page that byte is.
    pub(super) fn at(
        &self,
        storage: &dyn Storage,
        offset: u64,
    ) -> Result<(Arc<Page>, usize), SourceError> {
        let number = offset / PAGE;
        let within = (offset % PAGE) as usize;
        if let Some(page) = self.0.get(&number) {
            return Ok((page, within));
        }
        let start = number * PAGE;
        let there = PAGE.min(storage.length().saturating_sub(start)) as usize;
        let mut page = [0; PAGE as usize];
        storage.read_at(start, &mut page[..there.max(within + 1)])?;
        let page = Arc::new(page);
        self.0.insert(number, Arc::clone(&page), PAGE as usize);
        Ok((page, within))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
