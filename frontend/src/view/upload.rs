//! How an image is sent: in pieces, without those that are all zeros.

use std::collections::BTreeMap;

use shared::{ByteSize, ByteSizeError, Disk, Tags};

/// Length of a piece: large enough that a round trip does not count, small enough to do again.
pub const PIECE_BYTES: u64 = 8 << 20;

/// The tag of a disk that does not hold the whole image yet, and its value.
const UNFINISHED: (&str, &str) = ("skikt-upload", "unfinished");

const SECTOR_BYTES: u64 = 512;

/// The tags of a disk that is being filled.
pub fn unfinished() -> Tags {
    tags([UNFINISHED].into_iter())
}

/// A disk's tags when it holds the whole image.
pub fn finished(of: &Tags) -> Tags {
    tags(of.iter().filter(|(key, _)| *key != UNFINISHED.0))
}

/// Whether a disk holds a part of an image only: its upload goes on, or broke off.
pub fn is_unfinished(disk: &Disk) -> bool {
    disk.tags.get(UNFINISHED.0).is_some()
}

/// Fewer tags than a disk had, or one, are never too many.
fn tags<'a>(of: impl Iterator<Item = (&'a str, &'a str)>) -> Tags {
    let owned = of.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Tags::try_from(owned.collect::<BTreeMap<_, _>>()).unwrap_or_default()
}

/// The size of the disk that holds a file: whole sectors, the last filled up with zeros.
pub fn disk_size(file_bytes: u64) -> Result<ByteSize, ByteSizeError> {
    ByteSize::new(file_bytes.next_multiple_of(SECTOR_BYTES))
}

/// The piece that starts at `from`, in a file of `file_bytes`: up to but not including.
pub fn piece(from: u64, file_bytes: u64) -> Option<(u64, u64)> {
    (from < file_bytes).then(|| (from, (from + PIECE_BYTES).min(file_bytes)))
}

/// Fills a piece up to whole sectors.
pub fn fill_sector(bytes: &mut Vec<u8>) {
    let whole = (bytes.len() as u64).next_multiple_of(SECTOR_BYTES);
    bytes.resize(whole as usize, 0);
}

/// Whether there is nothing but zeros in it: an empty disk holds them already.
pub fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// A name for the disk, from the file's: what a name may not have becomes a hyphen.
pub fn suggested_name(file: &str) -> String {
    let stem =
        file.rsplit_once('.').map_or(file, |(stem, _)| if stem.is_empty() { file } else { stem });
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String = stem.chars().map(|it| if allowed(it) { it } else { '-' }).take(80).collect();
    name.trim_start_matches(['.', '_', '-']).trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_finished_keeps_its_other_tags() {
        let mut all = BTreeMap::from([("env".to_owned(), "prod".to_owned())]);
        let plain = Tags::try_from(all.clone()).unwrap();
        all.extend(unfinished().iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(all.len(), 2);
        assert_eq!(finished(&Tags::try_from(all).unwrap()), plain);
    }

    #[test]
    fn a_disk_is_whole_sectors() {
        assert_eq!(disk_size(1).unwrap().bytes(), 512);
        assert_eq!(disk_size(1024).unwrap().bytes(), 1024);
        assert!(disk_size(0).is_err());
    }

    #[test]
    fn a_file_name_gives_a_disk_name() {
        assert_eq!(suggested_name("web server (1).img"), "web-server--1");
        assert_eq!(suggested_name(".hidden"), "hidden");
        assert_eq!(suggested_name("åsa.qcow2"), "sa");
    }

    proptest! {
        #[test]
        fn pieces_cover_a_file_once(file in 1_u64..200 << 20) {
            let (mut at, mut sent) = (0, 0);
            while let Some((from, to)) = piece(at, file) {
                prop_assert_eq!(from, at);
                prop_assert!(to > from);
                sent += to - from;
                at = to;
            }
            prop_assert_eq!(sent, file);
        }

        #[test]
        fn any_suggestion_is_a_name_or_nothing(file in "\\PC{0,100}") {
            let name = suggested_name(&file);
            prop_assert!(name.is_empty() || name.parse::<shared::Name>().is_ok(), "{}", name);
        }
    }
}
