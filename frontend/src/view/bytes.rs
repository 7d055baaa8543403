//! Numbers of bytes as people read them.

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A number of bytes in the unit that keeps it below 1024, with three digits: `1.25 GiB`.
pub fn short(bytes: u64) -> String {
    let mut unit = 0;
    let mut value = bytes as f64;
    // What would be rounded to 1024 is one of the next unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{}\u{a0}{}", three_digits(value, unit == 0), UNITS[unit])
}

/// A round number of bytes without digits that say nothing: `64 MiB`, as axes have them.
pub fn round(bytes: u64) -> String {
    short(bytes).replacen(".00\u{a0}", "\u{a0}", 1).replacen(".0\u{a0}", "\u{a0}", 1)
}

/// A speed: `310 MiB/s`.
pub fn rate(bytes_per_second: u64) -> String {
    format!("{}/s", short(bytes_per_second))
}

/// All digits of a number of bytes, in threes: `1,342,177,280 bytes`.
pub fn exact(bytes: u64) -> String {
    let noun = if bytes == 1 { "byte" } else { "bytes" };
    format!("{} {noun}", grouped(bytes))
}

/// A whole number with its digits in threes: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size as people type it: `10 GiB`, `512M`, `1048576`; units are powers of 1024.
pub fn parse(text: &str) -> Option<u64> {
    let text = text.trim().replace([' ', ',', '_'], "");
    let digits = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let power = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return None,
    };
    let bytes = number * 1024_f64.powi(power);
    (bytes.is_finite() && (0.0..=9e18).contains(&bytes)).then_some(bytes.round() as u64)
}

fn three_digits(value: f64, whole: bool) -> String {
    if whole || value >= 99.95 {
        format!("{value:.0}")
    } else if value >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (10_234, "9.99 KiB"),
            (10_239, "10.0 KiB"),
            ((1 << 20) - 1, "1.00 MiB"),
            (5 << 30, "5.00 GiB"),
            (32 << 40, "32.0 TiB"),
            (u64::MAX, "16.0 EiB"),
        ] {
            assert_eq!(short(bytes).replace('\u{a0}', " "), text, "{bytes}");
        }
    }

    #[test]
    fn only_zeros_at_the_end_say_nothing() {
        for (bytes, text) in [(64 << 20, "64 MiB"), (1 << 10, "1 KiB"), (1075, "1.05 KiB")] {
            assert_eq!(round(bytes).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn every_digit_when_asked_for() {
        assert_eq!(exact(1), "1 byte");
        assert_eq!(exact(1_342_177_280), "1,342,177,280 bytes");
        assert_eq!(grouped(999), "999");
    }

    #[test]
    fn a_size_is_read_as_people_type_it() {
        assert_eq!(parse("10 GiB"), Some(10 << 30));
        assert_eq!(parse("1.5g"), Some(3 << 29));
        assert_eq!(parse("1,024"), Some(1024));
        for wrong in ["", "GiB", "-1", "10 parsec", "nan", "1e300"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
