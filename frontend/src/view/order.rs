//! The order of a table, as an address spells it: `name`, or `-name` for the other way round.

use std::{cmp::Ordering, convert::Infallible, fmt, str::FromStr};

/// A column, and which end comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column's key.
    pub column: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// The order after the head of `column` was pressed: the other way round where it is the
    /// order already.
    #[must_use]
    pub fn pressed(&self, column: &str) -> Self {
        let descending = self.column == column && !self.descending;
        Self { column: column.to_owned(), descending }
    }
}

impl FromStr for Order {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let descending = text.starts_with('-');
        let column = text.strip_prefix('-').unwrap_or(text).to_owned();
        Ok(Self { column, descending })
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.column)
    }
}

/// The places of `count` things, in the order that `compare` puts two places in; equal ones stay as
/// they are. Every list is put in order by this one piece of code: sorting takes much of it.
pub fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// The first so many of `items`, in the order that `compare` puts two of them in.
pub fn first<T: Clone>(many: usize, items: &[T], compare: fn(&T, &T) -> Ordering) -> Vec<T> {
    let order = |a: usize, b: usize| items.get(a).zip(items.get(b)).map(|(a, b)| compare(a, b));
    let places = places(items.len(), &|a, b| order(a, b).unwrap_or(Ordering::Equal));
    places.into_iter().take(many).filter_map(|at| items.get(at).cloned()).collect()
}

/// The rows that are seen, of `count`: from the first up to but not including the second.
///
/// `above` is how far the table is scrolled, `height` how much of it is seen, in pixels.
pub fn seen(above: f64, height: f64, row: f64, count: usize) -> (usize, usize) {
    /// Rows kept ready at both ends, so that scrolling meets no gap.
    const SPARE: usize = 8;
    let first = (above.max(0.0) / row) as usize;
    let last = ((above.max(0.0) + height.max(0.0)) / row).ceil() as usize;
    (first.saturating_sub(SPARE).min(count), last.saturating_add(SPARE).min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressing_a_head_twice_turns_it_round() {
        let by_name: Order = "name".parse().unwrap();
        let turned = by_name.pressed("name");
        assert_eq!(turned.to_string(), "-name");
        assert_eq!(turned.pressed("name"), by_name);
        assert_eq!(turned.pressed("size").to_string(), "size");
    }

    #[test]
    fn equal_things_stay_in_their_order() {
        let items = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        assert_eq!(places(4, &|a, b| items[a].0.cmp(&items[b].0)), [1, 3, 0, 2]);
        assert_eq!(first(3, &items, |a, b| a.0.cmp(&b.0)), [(1, 'b'), (1, 'd'), (2, 'a')]);
        assert_eq!(first(9, &items, |a, b| b.1.cmp(&a.1)).len(), 4);
    }

    #[test]
    fn no_more_rows_than_are_seen() {
        assert_eq!(seen(0.0, 440.0, 44.0, 100_000), (0, 18));
        assert_eq!(seen(44_000.0, 440.0, 44.0, 100_000), (992, 1018));
        assert_eq!(seen(44_000.0, 440.0, 44.0, 3), (3, 3));
        assert_eq!(seen(-20.0, 440.0, 44.0, 3), (0, 3));
    }
}
