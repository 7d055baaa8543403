//! Numbers as the pages write them.

/// Bytes with three digits and a unit: `1.25 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB"];
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1023.5 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", units[unit])
}

/// Dollars from millionths, in ten-thousandths below ten cents.
pub(crate) fn dollars(micros: u64) -> String {
    match micros {
        0 => "$0.00".to_owned(),
        1..50 => "< $0.0001".to_owned(),
        50..100_000 => format!("$0.{:04}", (micros + 50) / 100),
        _ => format!("${:.2}", micros as f64 / 1e6),
    }
}
