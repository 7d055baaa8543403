//! Amounts of bytes: read from an option, printed for people.

use std::{fmt, iter::Sum, ops::Add, str::FromStr};

use anyhow::{Context as _, Error, Result};

/// Units, the largest first.
const UNITS: [(&str, u64); 5] =
    [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// An amount of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bytes(pub(super) u64);

impl Bytes {
    pub(super) const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    pub(super) const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    pub(super) const fn gib(count: u64) -> Self {
        Self(count << 30)
    }

    pub(super) const fn tib(count: u64) -> Self {
        Self(count << 40)
    }

    pub(super) const fn times(self, count: u64) -> Self {
        Self(self.0 * count)
    }

    /// How many times as much as another this is; `None`: the other is nothing.
    pub(super) fn over(self, other: Self) -> Option<f64> {
        (other.0 > 0).then(|| self.0 as f64 / other.0 as f64)
    }
}

impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.iter().find(|(_, length)| self.0 >= *length);
        let text = match unit {
            Some((name, length)) if *length > 1 => {
                format!("{:.1} {name}", self.0 as f64 / *length as f64)
            }
            _ => format!("{} B", self.0),
        };
        f.pad(&text)
    }
}

impl FromStr for Bytes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let advice = || format!("`{text}` is no size: write it as 512MiB or 6GiB");
        let unit = UNITS.iter().find_map(|(name, length)| Some((text.strip_suffix(name)?, length)));
        let (number, length) = unit.with_context(advice)?;
        let number: u64 = number.trim().parse().with_context(advice)?;
        Ok(Self(number.checked_mul(*length).with_context(advice)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("6GiB".parse::<Bytes>().unwrap(), Bytes::gib(6));
        assert_eq!("64 MiB".parse::<Bytes>().unwrap(), Bytes::mib(64));
        for wrong in ["", "6", "GiB", "-1GiB", "6GB", "1.5GiB", "99999999999TiB"] {
            let error = wrong.parse::<Bytes>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{wrong}` is no size")), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_printed_in_the_largest_unit_that_fits() {
        let printed = [0, 1023, 1024, 1536, 5 << 30].map(|count| Bytes(count).to_string());
        assert_eq!(printed, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 GiB"]);
    }

    #[test]
    fn nothing_is_no_measure() {
        assert_eq!(Bytes(3).over(Bytes(2)), Some(1.5));
        assert_eq!(Bytes(3).over(Bytes(0)), None);
    }
}
