//! The files of a checkout, without what was built or hidden.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};

/// All files below `root` as sorted relative paths with `/`. Build folders are known by the tag
/// that cargo leaves in them, so they may have any name.
pub(super) fn files(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("list {}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().with_context(|| format!("look at {prefix}{name}"))?;
        if kind.is_file() {
            files.push(format!("{prefix}{name}"));
        } else if kind.is_dir() && !is_left_out(&entry.path(), &name) {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        }
    }
    Ok(())
}

fn is_left_out(folder: &Path, name: &str) -> bool {
    name.starts_with('.')
        || ["target", "node_modules"].contains(&name)
        || folder.join("CACHEDIR.TAG").exists()
}
