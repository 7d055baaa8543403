//! The heights of a disk's recent changes, as a row of small bars.

/// What changed, in bars of up to `height`; what is not nothing is seen.
///
/// A disk's first snapshot finds all of it changed, and would dwarf the others: it does not count
/// for the scale, and is cut off at the top.
pub fn heights(changed: &[u64], height: f64) -> Vec<f64> {
    let rest = changed.get(1..).unwrap_or_default();
    let most = rest.iter().max().or(changed.first()).copied().unwrap_or(0).max(1);
    let of = |bytes: &u64| (*bytes as f64 / most as f64 * height).clamp(1.5, height);
    changed.iter().map(of).collect()
}

/// Whether the first is cut off.
pub fn is_cut(changed: &[u64]) -> bool {
    let rest = changed.get(1..).unwrap_or_default().iter().max();
    changed.first().zip(rest).is_some_and(|(first, most)| first > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_does_not_dwarf_the_others() {
        assert_eq!(heights(&[1 << 30, 8, 4, 0], 24.0), [24.0, 24.0, 12.0, 1.5]);
        assert!(is_cut(&[1 << 30, 8]) && !is_cut(&[8, 9]) && !is_cut(&[8]) && !is_cut(&[]));
        assert_eq!(heights(&[8], 24.0), [24.0]);
        assert!(heights(&[], 24.0).is_empty());
    }
}
