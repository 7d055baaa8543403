//! What a heatmap and its cells say, in words.

use shared::{
    BLOCK_BYTES,
    heatmap::{Metric, dequantize},
};

use super::{
    bytes, percent,
    ramp::{LegendTick, legend_ticks},
    time,
};

/// What a metric is called.
pub const fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::Changed => "Changed",
        Metric::Count => "How often",
        Metric::Age => "How lately",
        Metric::Allocated => "In use",
        Metric::Shared => "Shared",
    }
}

/// What a metric shows.
pub const fn explanation(metric: Metric) -> &'static str {
    match metric {
        Metric::Changed => "How much of each place differs between the two ends.",
        Metric::Count => "How many of the snapshots found each place changed.",
        Metric::Age => "When each place last changed: the farther along the scale, the later.",
        Metric::Allocated => "How much of each place holds data; zeros take no storage.",
        Metric::Shared => {
            "How much of each place is the same in a neighbouring snapshot, kept once."
        }
    }
}

/// What the colour of nothing means.
pub const fn nothing(metric: Metric) -> &'static str {
    match metric {
        Metric::Changed | Metric::Count | Metric::Age => "unchanged",
        Metric::Allocated => "zeros",
        Metric::Shared => "not shared",
    }
}

/// What the numbers of a metric's legend count.
pub const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Changed => "changed in a cell",
        Metric::Count => "times changed",
        Metric::Age => "last changed",
        Metric::Allocated => "in use in a cell",
        Metric::Shared => "shared in a cell",
    }
}

/// What a cell's byte says, where 255 stands for `full`.
pub fn words(metric: Metric, value: u8, full: u64) -> String {
    let amount = amount(metric, value, full);
    // The scale keeps three digits at best; small numbers and the ends are exact.
    let about = if value == 255 || amount < 24 { "" } else { "about " };
    let blocks = |verb: &str| match (full, amount) {
        (..=1, _) => verb.to_owned(),
        _ => format!(
            "{about}{} of {} blocks {verb} ({})",
            bytes::grouped(amount),
            bytes::grouped(full),
            percent::text(amount, full),
        ),
    };
    match (metric, value) {
        (Metric::Changed, 0) => "not changed".to_owned(),
        (Metric::Count, 0) => "changed in no snapshot".to_owned(),
        (Metric::Age, 0) => "not changed in this time".to_owned(),
        (Metric::Allocated, 0) => "all zeros".to_owned(),
        (Metric::Shared, 0) => "nothing shared".to_owned(),
        (Metric::Changed, _) => blocks("changed"),
        (Metric::Allocated, _) => blocks("hold data").replace("1 blocks hold", "1 block holds"),
        (Metric::Shared, _) => blocks("shared"),
        (Metric::Count, _) => format!(
            "changed in {about}{} of {} snapshots ({})",
            bytes::grouped(amount),
            bytes::grouped(full),
            percent::text(amount, full),
        ),
        (Metric::Age, 255) => "changed in the last snapshot".to_owned(),
        (Metric::Age, _) => {
            format!("last changed about {} before the end", time::span(full - amount.min(full)))
        }
    }
}

/// What a cell's byte stands for. Ages are even in time; all else is on a scale of logarithms.
fn amount(metric: Metric, value: u8, full: u64) -> u64 {
    match metric {
        Metric::Age => {
            let steps = u128::from(value.saturating_sub(1));
            (u128::from(full) * steps / 254) as u64
        }
        Metric::Changed | Metric::Count | Metric::Allocated | Metric::Shared => {
            dequantize(value, full)
        }
    }
}

/// What a metric's legend names.
pub fn ticks(metric: Metric, full: u64) -> Vec<LegendTick> {
    match metric {
        Metric::Age => (0..5)
            .map(|quarter| LegendTick { value: full * quarter / 4, at: quarter as f64 / 4.0 })
            .collect(),
        Metric::Changed | Metric::Count | Metric::Allocated | Metric::Shared => legend_ticks(full),
    }
}

/// What a tick of the legend says.
pub fn tick(metric: Metric, tick: LegendTick, full: u64) -> String {
    match metric {
        Metric::Changed | Metric::Allocated | Metric::Shared => {
            bytes::round(tick.value * BLOCK_BYTES)
        }
        Metric::Count => bytes::grouped(tick.value),
        Metric::Age if tick.value >= full => "latest".to_owned(),
        Metric::Age => format!("−{}", largest_unit(full - tick.value)),
    }
}

/// A span in its largest unit, rounded down: ticks have little room.
fn largest_unit(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use shared::heatmap::quantize;

    use super::*;

    #[test]
    fn small_numbers_and_the_ends_are_exact() {
        let say = |amount, full| {
            words(Metric::Changed, quantize(amount, full), full).replace('\u{a0}', " ")
        };
        assert_eq!(say(12, 16), "12 of 16 blocks changed (75.0 %)");
        assert_eq!(say(1, 262_144), "1 of 262,144 blocks changed (0.1 %)");
        assert_eq!(say(262_144, 262_144), "262,144 of 262,144 blocks changed (100 %)");
        assert!(say(5_000, 262_144).starts_with("about "));
        assert_eq!(say(0, 16), "not changed");
        assert_eq!(say(1, 1), "changed");
    }

    #[test]
    fn ages_are_even_in_time() {
        assert_eq!(words(Metric::Age, 128, 7200), "last changed about 1 h before the end");
        let said: Vec<_> = ticks(Metric::Age, 4 * 3600)
            .into_iter()
            .map(|it| tick(Metric::Age, it, 4 * 3600))
            .collect();
        assert_eq!(said, ["−4 h", "−3 h", "−2 h", "−1 h", "latest"]);
    }

    #[test]
    fn every_value_of_every_metric_has_words() {
        for metric in Metric::ALL {
            for value in 0..=255 {
                assert!(!words(metric, value, 41).is_empty());
            }
        }
    }
}
