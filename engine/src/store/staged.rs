//! What a killed process leaves of an object that never got its name: `NAME#1`. The object store
//! does not list it, so nothing else finds it.

use std::{os::unix::ffi::OsStrExt as _, path::Path};

use super::Zone;

impl Zone {
    /// Removes half-written objects. The caller is alone: nobody is writing one.
    pub(crate) fn sweep_staged(&self) {
        if let (Ok(_), Some(folder)) = (self.store(), self.folder()) {
            sweep(&folder);
        }
    }
}

fn sweep(folder: &Path) {
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sweep(&path);
        } else if is_staged(entry.file_name().as_bytes())
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, path = %path.display(), "left half an object behind");
        }
    }
}

fn is_staged(name: &[u8]) -> bool {
    match name.iter().rposition(|&byte| byte == b'#') {
        Some(at) => at + 1 < name.len() && name[at + 1..].iter().all(u8::is_ascii_digit),
        None => false,
    }
}
