//! Where a page of a difference ended, and the sums that the first page counted.

use std::{fmt, ops::Range};

use crate::error::Error;

/// `OFFSET.CHANGED.CLEARED` in hexadecimal: a later page need not count what lies before and
/// after it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Where the next run starts.
    pub(super) offset: u64,
    pub(super) changed: u64,
    pub(super) cleared: u64,
}

impl Cursor {
    /// Reads a cursor of a window.
    pub(super) fn parse(text: &str, window: &Range<u64>) -> Result<Self, Error> {
        let bad = || Error::Request(format!("{text:?} is no cursor of this difference"));
        let number = |part: &str| u64::from_str_radix(part, 16).map_err(|_| bad());
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or_else(bad).and_then(number);
        let cursor = Self { offset: next()?, changed: next()?, cleared: next()? };
        if parts.next().is_none() && window.contains(&cursor.offset) {
            Ok(cursor)
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:x}", self.offset, self.changed, self.cleared)
    }
}

#[cfg(test)]
mod tests {
    use shared::Code;

    use super::*;

    #[test]
    fn a_cursor_reads_what_it_prints_and_nothing_else() {
        let cursor = Cursor { offset: 4096, changed: u64::MAX, cleared: 0 };
        let read = |text: &str| Cursor::parse(text, &(4096..8192));
        assert_eq!(read(&cursor.to_string()).unwrap(), cursor);
        for text in ["", "1000", "1000.0", "1000.0.0.0", "fff.0.0", "2000.0.0", "x.0.0", "-1.0.0"] {
            assert_eq!(read(text).unwrap_err().code(), Code::InvalidRequest, "{text}");
        }
    }
}
