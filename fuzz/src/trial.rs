//! Trying a reader: an image is put into a file, and read as far as is cheap.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::Path,
};

use engine::{BlockSource as _, Changing, ImageSource, Reach, SourceError};
use tempfile::TempDir;

use crate::format::Format;

/// How many runs of data are looked at.
const RUNS: usize = 64;

/// How much of each run is read while fuzzing: little, so that many images are tried.
const PIECE: usize = 64 << 10;

/// A folder in which images of one format are tried.
#[derive(Debug)]
pub struct Trial {
    format: Format,
    folder: TempDir,
}

impl Trial {
    /// A new one, in memory where the machine has a file system there.
    ///
    /// # Panics
    ///
    /// If no folder can be made.
    pub fn new(format: Format) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("skikt-fuzz-").tempdir_in(parent);
        Self { format, folder: folder.expect("make a folder") }
    }

    /// Reads the image that an input stands for. An error is as good as bytes.
    ///
    /// # Panics
    ///
    /// If the reader does, or if it tells of data where the disk is not.
    pub fn run(&self, input: &[u8]) {
        let path = self.folder.path().join("image");
        write(&path, self.format.image(input)).expect("write the image");
        let reach = Reach::Below(vec![self.folder.path().to_owned()]);
        // An error is as good as bytes; what may not be is a panic.
        drop(walk(&path, &reach, PIECE));
    }
}

fn write(path: &Path, (length, pieces): (u64, Vec<(u64, Vec<u8>)>)) -> std::io::Result<()> {
    // Made anew, so that nothing of the last one is left.
    if path.exists() {
        fs::remove_file(path)?;
    }
    let file = File::create_new(path)?;
    file.set_len(length)?;
    pieces.iter().try_for_each(|(at, bytes)| file.write_all_at(bytes, *at))
}

/// Reads what an image says that it holds, as far as is cheap: of each run of data at most `most`
/// bytes.
///
/// # Panics
///
/// If it tells of data where the disk is not.
pub fn walk(path: &Path, reach: &Reach, most: usize) -> Result<(), SourceError> {
    let source = ImageSource::open(path, Changing::Refused, reach)?;
    let size = source.size().bytes();
    let mut piece = vec![0; most];
    let mut at = 0;
    for _ in 0..RUNS {
        let Some(data) = source.next_data(at)? else { return Ok(()) };
        assert!(data.start >= at && data.start < data.end && data.end <= size, "{data:?}");
        let length = piece.len().min((data.end - data.start) as usize);
        source.read_at(data.start, &mut piece[..length])?;
        at = data.end;
    }
    let last = piece.len().min(size as usize);
    source.read_at(size - last as u64, &mut piece[..last])
}
