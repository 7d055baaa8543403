//! The header of a dynamic or differencing VHD: its blocks, and its parent.

use super::super::{
    fault::{Refusal, check},
    fields::{array, be32, be64, utf16},
};
use super::footer::EPOCH;
use crate::image::vhd::{HEADER, checksum};

/// The longest path a locator may give: what UTF-16 takes for the longest that Windows has.
const LONGEST_PATH: u32 = 65536;

/// What a header says.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) table: u64,
    pub(super) entries: u32,
    /// Bytes of the disk in a block: a power of two.
    pub(super) block: u64,
    pub(super) parent_id: [u8; 16],
    /// When the parent was last changed, in seconds since 1970.
    pub(super) parent_changed: Option<i64>,
    pub(super) parent_name: String,
    /// Where paths of the parent are, the best first.
    pub(super) locators: Vec<Locator>,
}

/// Where in the file a path of the parent is, in UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Locator {
    pub(super) offset: u64,
    pub(super) length: usize,
}

impl Header {
    pub(super) fn parse(bytes: &[u8; HEADER]) -> Result<Self, Refusal> {
        let cookie = bytes.starts_with(b"cxsparse");
        check(cookie, "data offset", || "leads to no dynamic disk header".to_owned())?;
        let (says, is) = (be32(bytes, 36), checksum(bytes, 36));
        check(says == is, "header checksum", || format!("is {says:#010x}, and not {is:#010x}"))?;
        let version = be32(bytes, 24);
        check(version >> 16 == 1, "header version", || format!("is {version:#010x}"))?;
        let block = be32(bytes, 32);
        let sound = block.is_power_of_two() && (4096..=256 << 20).contains(&block);
        check(sound, "block size", || {
            format!("is {block}, and not a power of two from 4 KiB to 256 MiB")
        })?;
        let mut name = bytes[64..576].to_vec();
        for unit in name.chunks_exact_mut(2) {
            unit.swap(0, 1);
        }
        Ok(Self {
            table: be64(bytes, 16),
            entries: be32(bytes, 28),
            block: u64::from(block),
            parent_id: array(bytes, 40),
            parent_changed: match be32(bytes, 56) {
                0 => None,
                seconds => Some(EPOCH + i64::from(seconds)),
            },
            parent_name: utf16(&name),
            locators: locators(bytes)?,
        })
    }
}

/// The relative path first, which stays true when a folder is moved; then the absolute one.
fn locators(header: &[u8; HEADER]) -> Result<Vec<Locator>, Refusal> {
    let mut found = Vec::new();
    for wanted in [b"W2ru", b"W2ku"] {
        for at in (576..576 + 8 * 24).step_by(24).filter(|&at| header[at..].starts_with(wanted)) {
            let length = be32(header, at + 8);
            check(length <= LONGEST_PATH, "parent locator", || format!("has {length} bytes"))?;
            found.push(Locator { offset: be64(header, at + 16), length: length as usize });
        }
    }
    Ok(found)
}
