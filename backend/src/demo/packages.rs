//! Real files of this machine, grouped as if packages had brought them: what an operating system's
//! disk is filled with.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Where files are taken from, and the share of all bytes (in hundredths) each may give. What any
/// of the usual distributions has.
const SOURCES: [(&str, u64); 6] = [
    ("/usr/bin", 40),
    ("/usr/sbin", 8),
    ("/usr/lib", 34),
    ("/usr/share/doc", 6),
    ("/usr/share", 10),
    ("/etc", 2),
];

/// How many files a folder of the list may give, and how large each may be.
const MOST_FILES: usize = 900;
const MOST_BYTES: u64 = 3 << 20;

/// Files in a package.
const PER_PACKAGE: usize = 10;

/// Some files that are upgraded together.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// Their paths, on this machine and on the disk.
    pub(super) files: Vec<PathBuf>,
}

/// Picks files of about so many bytes, always the same on the same machine.
pub(super) fn pick(bytes: u64) -> Vec<Package> {
    from(&SOURCES, bytes)
}

/// Picks documents of about so many bytes.
pub(super) fn documents(bytes: u64) -> Vec<Package> {
    from(&[("/usr/share/doc", 60), ("/usr/share", 40)], bytes)
}

fn from(sources: &[(&str, u64)], bytes: u64) -> Vec<Package> {
    let mut files = Vec::new();
    for (folder, share) in sources {
        let mut budget = Budget { bytes: bytes * share / 100, files: MOST_FILES };
        walk(Path::new(folder), 3, &mut budget, &mut files);
    }
    files.sort();
    files.dedup();
    files.chunks(PER_PACKAGE).map(|files| Package { files: files.to_vec() }).collect()
}

/// What may still be taken.
struct Budget {
    bytes: u64,
    files: usize,
}

/// Takes files of a folder in the order of their names, then those of its folders.
fn walk(folder: &Path, depth: usize, budget: &mut Budget, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut folders = Vec::new();
    for path in paths {
        let Ok(facts) = fs::symlink_metadata(&path) else { continue };
        let everybody_reads = facts.permissions().mode() & 0o004 != 0;
        if facts.is_dir() {
            folders.push(path);
        } else if facts.is_file()
            && everybody_reads
            && (1..=MOST_BYTES.min(budget.bytes)).contains(&facts.len())
            && budget.files > 0
            && is_plain(&path)
        {
            budget.bytes -= facts.len();
            budget.files -= 1;
            found.push(path);
        }
    }
    for folder in folders.iter().filter(|_| depth > 0) {
        if budget.files > 0 && budget.bytes > 0 {
            walk(folder, depth - 1, budget, found);
        }
    }
}

/// Whether a path can stand in a script unquoted.
fn is_plain(path: &Path) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    path.to_str().is_some_and(|text| text.bytes().all(plain))
}
