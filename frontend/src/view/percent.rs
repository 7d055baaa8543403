//! Shares of a whole, which never say "all" or "nothing" where some is left.

/// What share `part` is of `whole`, between 0 and 1; nothing of nothing is 0.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

/// A share in percent: `93.4 %`; only a whole is `100 %`, only nothing `0 %`.
pub fn text(part: u64, whole: u64) -> String {
    let share = share(part, whole);
    let number = if share <= 0.0 {
        "0".to_owned()
    } else if part >= whole {
        "100".to_owned()
    } else {
        format!("{:.1}", (share * 100.0).clamp(0.1, 99.9))
    };
    format!("{number}\u{a0}%")
}

/// How much less `now` is than `before`, in percent.
pub fn saved(now: u64, before: u64) -> String {
    text(before.saturating_sub(now), before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_is_all() {
        for (part, whole, expected) in [
            (0, 0, "0"),
            (0, 5, "0"),
            (1, 1_000_000, "0.1"),
            (999_999, 1_000_000, "99.9"),
            (2, 2, "100"),
            (1, 3, "33.3"),
        ] {
            assert_eq!(text(part, whole), format!("{expected}\u{a0}%"));
        }
        assert_eq!(saved(25, 100), "75.0\u{a0}%");
        assert_eq!(saved(200, 100), "0\u{a0}%");
    }
}
