//! Shapes of charts, in a square of 100 × 100 that the page stretches.

use std::fmt::Write as _;

/// Marks of an axis from 0 on: where each is, and how much it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What the whole axis stands for.
    pub top: f64,
    /// What each mark stands for, from 0 up.
    pub marks: Vec<f64>,
}

/// An axis up to at least `most`, with three to six marks a round number of units apart: bytes are
/// round in powers of 1024, times 1, 2 or 5.
pub fn bytes_axis(most: u64) -> Axis {
    let most = (most as f64).max(1.0);
    let unit = 1024_f64.powi((most.log2() / 10.0).floor() as i32);
    axis_in(most, unit)
}

fn axis_in(most: f64, unit: f64) -> Axis {
    let rough = most / unit / 4.0;
    let magnitude = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * magnitude >= rough);
    let step = factor.unwrap_or(10.0) * magnitude * unit;
    let count = (most / step).ceil().max(1.0);
    let marks = (0..=count as u32).map(|mark| f64::from(mark) * step).collect();
    Axis { top: count * step, marks }
}

/// The path of a line through values, left to right; empty without any.
pub fn line(values: &[f64], top: f64) -> String {
    let mut path = String::new();
    for (at, &value) in values.iter().enumerate() {
        let verb = if at == 0 { 'M' } else { 'L' };
        let _infallible = write!(path, "{verb}{:.2} {:.2}", x(at, values.len()), y(value, top));
    }
    // One value alone is a level, not a point that nobody sees.
    if values.len() == 1 {
        path = format!("M0 {0:.2}L100 {0:.2}", y(values[0], top));
    }
    path
}

/// The path of the area below a line.
pub fn area(values: &[f64], top: f64) -> String {
    if values.is_empty() { String::new() } else { format!("{}L100 100L0 100Z", line(values, top)) }
}

/// Where the `at`-th of `count` values stands, from 0 to 100.
pub fn x(at: usize, count: usize) -> f64 {
    if count < 2 { 50.0 } else { at as f64 * 100.0 / (count - 1) as f64 }
}

/// Which of `count` values is nearest to `share` of the width, from 0 to 1.
pub fn nearest(share: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    ((share.clamp(0.0, 1.0) * last as f64).round() as usize).min(last)
}

fn y(value: f64, top: f64) -> f64 {
    100.0 - if top > 0.0 { (value / top).clamp(0.0, 1.0) * 100.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GIB: f64 = (1_u64 << 30) as f64;

    #[test]
    fn marks_are_round_in_their_unit() {
        assert_eq!(bytes_axis(7 << 30).marks, [0.0, 2.0 * GIB, 4.0 * GIB, 6.0 * GIB, 8.0 * GIB]);
        assert!((bytes_axis(0).top - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn lines_span_the_width() {
        assert_eq!(line(&[0.0, 5.0, 10.0], 10.0), "M0.00 100.00L50.00 50.00L100.00 0.00");
        assert_eq!(line(&[5.0], 10.0), "M0 50.00L100 50.00");
        assert_eq!(area(&[], 10.0), "");
        assert_eq!(nearest(0.74, 5), 3);
        assert_eq!(nearest(f64::NAN, 0), 0);
    }

    proptest! {
        #[test]
        fn an_axis_holds_what_it_is_for(most in 1_u64..1 << 60) {
            let axis = bytes_axis(most);
            prop_assert!(axis.top >= most as f64);
            prop_assert!(axis.top <= most as f64 * 2.51);
            prop_assert!((2..=6).contains(&axis.marks.len()), "{:?}", axis.marks);
        }
    }
}
