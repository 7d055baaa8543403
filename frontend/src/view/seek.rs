//! Going from change to change along a disk, by the cells of a tile.

/// Where the next run of cells that are not 0 begins, past a cell (or before it, backwards); with
/// `here`, the cell itself will do, wherever in a run it is.
pub fn next_run(values: &[u8], from: usize, forward: bool, here: bool) -> Option<usize> {
    let shows = |cell: usize| values.get(cell).is_some_and(|value| *value != 0);
    if here && shows(from) {
        return Some(from);
    }
    let begins = |cell: &usize| shows(*cell) && !cell.checked_sub(1).is_some_and(shows);
    if forward {
        (from + 1..values.len()).find(begins)
    } else {
        (0..from.min(values.len())).rev().find(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::next_run;

    #[test]
    fn runs_are_met_at_their_beginnings_in_both_directions() {
        let values = [0, 3, 3, 0, 0, 9, 0, 1];
        let all = |forward: bool, mut at: usize| {
            let mut met = Vec::new();
            while let Some(next) = next_run(&values, at, forward, false) {
                met.push(next);
                at = next;
            }
            met
        };
        assert_eq!(all(true, 0), [1, 5, 7]);
        assert_eq!(all(false, 7), [5, 1]);
        assert_eq!(all(false, 99), [7, 5, 1]);
        assert_eq!(next_run(&values, 2, true, true), Some(2));
        assert_eq!(next_run(&values, 3, true, true), Some(5));
        assert_eq!(next_run(&[0; 4], 0, true, true), None);
        assert_eq!(next_run(&[], 0, false, true), None);
    }
}
