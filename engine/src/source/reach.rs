//! Which files an image may name.

use std::path::{Component, Path, PathBuf};

/// Which files an image may name, as its parent or as a part of it. An image is made by whoever
/// may write it, so what it names need not be what they may read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reach {
    /// All that the user may read: for commands of that user's own.
    #[default]
    Anywhere,
    /// Those below some folders, given without symbolic links.
    Below(Vec<PathBuf>),
}

impl Reach {
    /// Whether an absolute path lies within reach, by its text alone.
    pub(super) fn allows(&self, path: &Path) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Below(folders) => {
                let climbs = path.components().any(|part| part == Component::ParentDir);
                !climbs && folders.iter().any(|folder| path.starts_with(folder))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_climbs_out_of_a_folder_is_not_below_it() {
        let reach = Reach::Below(vec![PathBuf::from("/images")]);
        assert!(reach.allows(Path::new("/images/deep/base.vhd")));
        for path in ["/images/../etc/shadow", "/images2/base.vhd", "/", "images/base.vhd"] {
            assert!(!reach.allows(Path::new(path)), "{path}");
        }
        assert!(Reach::Anywhere.allows(Path::new("/etc/shadow")));
    }
}
