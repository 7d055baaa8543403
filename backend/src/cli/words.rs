//! Sizes and times as people read them.

use jiff::{Timestamp, fmt::strtime};

/// A size in the largest binary unit that leaves at least one before the point.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // What would print as 1024.0 is 1.0 of the next.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A size with its exact bytes behind it.
pub(super) fn exact(count: u64) -> String {
    if count < 1024 { bytes(count) } else { format!("{} ({count} B)", bytes(count)) }
}

/// Millionths of a currency unit, to the cent; what is less shows as such.
pub(super) fn money(micros: u64, currency: &str) -> String {
    if (1..10_000).contains(&micros) {
        return format!("< 0.01 {currency}");
    }
    let cents = micros.saturating_add(5_000) / 10_000;
    format!("{}.{:02} {currency}", cents / 100, cents % 100)
}

/// A time in UTC, to the second.
pub(super) fn time(time: Timestamp) -> String {
    strtime::format("%Y-%m-%d %H:%M:%SZ", time).unwrap_or_else(|_| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_to_the_cent() {
        assert_eq!(money(0, "USD"), "0.00 USD");
        assert_eq!(money(9_999, "USD"), "< 0.01 USD");
        assert_eq!(money(10_000, "USD"), "0.01 USD");
        assert_eq!(money(6_995_000, "USD"), "7.00 USD");
    }

    #[test]
    fn sizes_take_the_unit_that_fits() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(1 << 20), "1.0 MiB");
        assert_eq!(bytes((1 << 30) - 1), "1.0 GiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
    }
}
