//! Looking at an image as a disk, all of it.

use std::{ops::Range, path::Path};

use engine::{BlockSource, Changing, ImageSource, Reach, SourceError};

/// Opens an image that may name any file.
pub(crate) fn open(path: &Path) -> Result<ImageSource, SourceError> {
    ImageSource::open(path, Changing::Refused, &Reach::Anywhere)
}

/// Where an image says that it may hold data: in order, apart, and on the disk.
pub(crate) fn data(source: &ImageSource) -> Vec<Range<u64>> {
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut at = 0;
    while let Some(range) = source.next_data(at).unwrap() {
        assert!(range.start >= at && range.end > range.start, "{range:?} after {at}");
        assert!(range.end <= source.size().bytes(), "{range:?}");
        at = range.end;
        found.push(range);
    }
    found
}

/// All bytes of a disk, which must be zeros where it says that it holds none.
pub(crate) fn bytes(source: &ImageSource) -> Vec<u8> {
    let mut bytes = vec![0xEE; source.size().bytes() as usize];
    // In pieces that divide nothing.
    for (number, piece) in bytes.chunks_mut(300_001).enumerate() {
        source.read_at(number as u64 * 300_001, piece).unwrap();
    }
    let mut at = 0;
    let size = source.size().bytes();
    for range in data(source).into_iter().chain(std::iter::once(size..size)) {
        let hole = &bytes[at..range.start as usize];
        assert!(hole.iter().all(|&byte| byte == 0), "data in the hole before {range:?}");
        at = range.end as usize;
    }
    source.check_unchanged().unwrap();
    bytes
}

/// Two disks byte for byte, told apart without printing them.
pub(crate) fn assert_same(what: &str, is: &[u8], wanted: &[u8]) {
    assert_eq!(is.len(), wanted.len(), "{what}: the size");
    let differs = is.iter().zip(wanted).position(|(one, other)| one != other);
    assert_eq!(differs, None, "{what}: the first byte that differs");
}
