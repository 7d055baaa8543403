//! The kept files: compared, or with `SKIKT_BLESS=1` written anew.
//!
//! A stored format that changes on purpose is blessed in the commit that changes it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the kept files are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/files")
}

/// Whether what is made is right by definition.
pub(crate) fn blessing() -> bool {
    std::env::var_os("SKIKT_BLESS").is_some_and(|it| it == "1")
}

/// Compares bytes to a kept file's; says where they part.
pub(crate) fn check(name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder().join(name);
    if blessing() {
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        return fs::write(path, bytes);
    }
    let kept = fs::read(&path)?;
    let pairs = kept.iter().zip(bytes);
    let same = pairs.take_while(|(kept, made)| kept == made).count();
    assert!(
        kept == bytes,
        "{name} was {} bytes and is {}; the first that differs is number {same}. \
         If that is on purpose, run again with SKIKT_BLESS=1",
        kept.len(),
        bytes.len(),
    );
    Ok(())
}
