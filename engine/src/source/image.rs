//! An image file of any format, with all that it builds on, read as a disk.

use std::{ops::Range, path::Path};

use shared::{ByteSize, DiskFormat};

use super::{
    BlockSource,
    error::SourceError,
    host::{Changing, HostFile},
    layout::{self, Layout},
    open::{detect, open_chain},
    reach::Reach,
};

/// An image file or a block device, and the files that it builds on.
#[derive(Debug)]
pub struct ImageSource {
    format: DiskFormat,
    size: ByteSize,
    chain: Vec<Box<dyn Layout>>,
}

impl ImageSource {
    /// Opens an image of whatever format its first and last bytes tell of.
    pub fn open(path: &Path, changing: Changing, reach: &Reach) -> Result<Self, SourceError> {
        let file = HostFile::open(path, changing)?;
        let format = detect(&file)?;
        Self::of(file, format, changing, reach)
    }

    /// Opens the image of a disk whose path, free of symbolic links, and format were kept. What is
    /// in it by now does not make it another format: it may be a guest who wrote that.
    pub(crate) fn open_kept(
        path: &Path,
        format: DiskFormat,
        changing: Changing,
        reach: &Reach,
    ) -> Result<Self, SourceError> {
        Self::of(HostFile::open_kept(path, changing)?, format, changing, reach)
    }

    fn of(
        file: HostFile,
        format: DiskFormat,
        changing: Changing,
        reach: &Reach,
    ) -> Result<Self, SourceError> {
        let chain = open_chain(file, format, changing, reach)?;
        Ok(Self { format, size: chain[0].size(), chain })
    }

    /// The format of the image itself.
    pub const fn format(&self) -> DiskFormat {
        self.format
    }

    /// The paths of all its files.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.chain.iter().flat_map(|layout| layout.files()).map(HostFile::path)
    }
}

impl BlockSource for ImageSource {
    fn size(&self) -> ByteSize {
        self.size
    }

    fn next_data(&self, from: u64) -> Result<Option<Range<u64>>, SourceError> {
        layout::next_data(&self.chain, from..self.size.bytes())
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        layout::read(&self.chain, offset, bytes)
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.chain.iter().flat_map(|layout| layout.files()).try_for_each(HostFile::check_unchanged)
    }
}
