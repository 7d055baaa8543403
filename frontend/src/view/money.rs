//! Sums of money, from millionths of a currency unit.

/// A sum as people read it: whole cents from a cent on, below that up to four places: `$0.0042`.
pub fn short(micros: u64, currency: &str) -> String {
    let number = if micros == 0 {
        "0.00".to_owned()
    } else if micros < 50 {
        return format!("< {}", with_sign("0.0001", currency));
    } else if micros < 100_000 {
        let ten_thousandths = (micros + 50) / 100;
        format!("0.{ten_thousandths:04}")
    } else {
        let cents = (micros + 5_000) / 10_000;
        format!("{}.{:02}", super::bytes::grouped(cents / 100), cents % 100)
    };
    with_sign(&number, currency)
}

/// A price per GiB and month: as many places as it has.
pub fn exact(micros: u64, currency: &str) -> String {
    let places = format!("{:06}", micros % 1_000_000);
    let places = places.trim_end_matches('0');
    let number = format!("{}.{places:0<2}", super::bytes::grouped(micros / 1_000_000));
    with_sign(&number, currency)
}

fn with_sign(number: &str, currency: &str) -> String {
    match currency {
        "USD" => format!("${number}"),
        "EUR" => format!("€{number}"),
        "GBP" => format!("£{number}"),
        "JPY" => format!("¥{number}"),
        code => format!("{code}\u{a0}{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_where_there_are_some() {
        for (micros, text) in [
            (0, "$0.00"),
            (49, "< $0.0001"),
            (4_200, "$0.0042"),
            (99_999, "$0.1000"),
            (100_000, "$0.10"),
            (6_000_000, "$6.00"),
            (1_234_567_890_000, "$1,234,567.89"),
        ] {
            assert_eq!(short(micros, "USD"), text, "{micros}");
        }
        assert_eq!(short(1_000_000, "SEK"), "SEK\u{a0}1.00");
    }

    #[test]
    fn a_price_keeps_its_places() {
        assert_eq!(exact(50_000, "USD"), "$0.05");
        assert_eq!(exact(132_000, "EUR"), "€0.132");
        assert_eq!(exact(2_000_000, "GBP"), "£2.00");
    }
}
