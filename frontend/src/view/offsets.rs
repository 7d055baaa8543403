//! Places on a disk as people type them: `0x3a000000`, `12.5 GiB`, `block 4096`, `lba 2048`.

use shared::BLOCK_BYTES;

/// Text that names no place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no place on a disk: try 0x3a000000, 12.5 GiB, block 4096 or lba 2048")]
pub struct ParseOffsetError(String);

/// The offset in bytes that the text names.
pub fn parse_offset(text: &str) -> Result<u64, ParseOffsetError> {
    let error = || ParseOffsetError(text.to_owned());
    let plain = text.trim().to_ascii_lowercase().replace(['_', ','], "");
    if let Some(digits) = plain.strip_prefix("0x") {
        return u64::from_str_radix(digits.trim(), 16).map_err(|_| error());
    }
    for (word, unit) in [("block", BLOCK_BYTES), ("lba", 512), ("sector", 512)] {
        if let Some(number) = plain.strip_prefix(word) {
            let number: u64 = number.trim().parse().map_err(|_| error())?;
            return number.checked_mul(unit).ok_or_else(error);
        }
    }
    let digits = plain.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, unit) = plain.split_at(digits.unwrap_or(plain.len()));
    let unit = unit_bytes(unit.trim()).ok_or_else(error)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(unit).ok_or_else(error);
    }
    let number: f64 = number.parse().map_err(|_| error())?;
    Ok((number * unit as f64).round() as u64)
}

/// An offset as it is shown: `0x3a000000`.
pub fn hex(offset: u64) -> String {
    format!("{offset:#x}")
}

/// Units are the binary ones, however they are spelled.
fn unit_bytes(unit: &str) -> Option<u64> {
    let power = match unit {
        "" | "b" | "bytes" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    Some(1 << (10 * power))
}

/// A range of bytes of a disk, as it stands in an address: `OFFSET-LENGTH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// Its first byte.
    pub offset_bytes: u64,
    /// How many bytes it has.
    pub length_bytes: u64,
}

impl ByteRange {
    /// The byte after its last.
    pub const fn end(self) -> u64 {
        self.offset_bytes.saturating_add(self.length_bytes)
    }

    /// What of it lies on a disk of so many bytes.
    #[must_use]
    pub fn within(self, size: u64) -> Self {
        let offset_bytes = self.offset_bytes.min(size);
        Self { offset_bytes, length_bytes: self.end().min(size) - offset_bytes }
    }
}

impl std::fmt::Display for ByteRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.offset_bytes, self.length_bytes)
    }
}

impl std::str::FromStr for ByteRange {
    type Err = ParseOffsetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseOffsetError(text.to_owned());
        let (offset, length) = text.split_once('-').ok_or_else(error)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| error());
        Ok(Self { offset_bytes: number(offset)?, length_bytes: number(length)?.max(1) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_in_many_ways() {
        for (text, offset) in [
            ("0x3A00_0000", 0x3A00_0000),
            ("4096", 4096),
            ("12 GiB", 12 << 30),
            ("1.5k", 1536),
            ("block 3", 3 * 4096),
            ("lba 2048", 1 << 20),
            (" 1,024 ", 1024),
        ] {
            assert_eq!(parse_offset(text), Ok(offset), "{text}");
        }
        for text in ["", "GiB", "0x", "-1", "12 parsecs", "99999999999 TiB", "block"] {
            assert!(parse_offset(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_range_reads_what_it_prints_and_ends_with_the_disk() {
        let range = ByteRange { offset_bytes: 8192, length_bytes: 65536 };
        assert_eq!(range.to_string().parse(), Ok(range));
        assert_eq!(range.within(10_000), ByteRange { offset_bytes: 8192, length_bytes: 1808 });
        assert_eq!(range.within(100).length_bytes, 0);
    }
}
