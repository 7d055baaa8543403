//! The raw format: the disk's bytes and nothing else.

use std::ops::Range;

use shared::ByteSize;

use super::{
    error::SourceError,
    host::HostFile,
    layout::{Identity, Layout, Place, Run, Storage as _},
};

/// A raw image.
#[derive(Debug)]
pub(super) struct Raw {
    file: HostFile,
    size: ByteSize,
}

impl Raw {
    pub(super) fn open(file: HostFile) -> Result<Self, SourceError> {
        let size = ByteSize::new(file.length())
            .map_err(|source| SourceError::Size { path: file.path().to_owned(), source })?;
        Ok(Self { file, size })
    }
}

impl Layout for Raw {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn run(&self, range: Range<u64>) -> Result<Run<'_>, SourceError> {
        Ok(Run { end: range.end, place: Place::Stored(&self.file, range.start) })
    }

    fn files(&self) -> Vec<&HostFile> {
        vec![&self.file]
    }

    fn identity(&self) -> Identity {
        Identity::None
    }
}
