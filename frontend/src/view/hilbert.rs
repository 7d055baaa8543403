//! The Hilbert curve: a line through every cell of a square that keeps neighbours together.
//!
//! Each square is crossed quarter by quarter, and each quarter again. A quarter is crossed as its
//! square is, or mirrored at a diagonal, or turned upside down; these compose by `xor`, so that the
//! way through a quarter is two bits, and what is drawn stays put when more detail is shown.

/// How a square is crossed: whether its axes change places, and whether it is turned upside down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Turn(u8);

const SWAP: u8 = 1;
const FLIP: u8 = 2;

impl Turn {
    /// Every turn there is.
    pub const ALL: [Self; 4] = [Self(0), Self(SWAP), Self(FLIP), Self(SWAP | FLIP)];

    /// The turn's place in [`Turn::ALL`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Where a quarter lies, and how it is crossed; unturned, the upper half comes first.
    const fn quarter(self, digit: u8) -> (u32, u32, Self) {
        let (x, y) = (((digit ^ (digit >> 1)) & 1) as u32, (digit >> 1) as u32);
        let flip = (self.0 >> 1 & 1) as u32;
        let (x, y) = (x ^ flip, y ^ flip);
        let (x, y) = if self.0 & SWAP == 0 { (x, y) } else { (y, x) };
        (x, y, self.then(digit))
    }

    /// Which quarter lies there: the inverse of [`Turn::quarter`].
    const fn digit(self, x: u32, y: u32) -> u8 {
        let (x, y) = if self.0 & SWAP == 0 { (x, y) } else { (y, x) };
        let flip = (self.0 >> 1 & 1) as u32;
        let (x, y) = (x ^ flip, y ^ flip);
        (y << 1 | (x ^ y)) as u8
    }

    const fn then(self, digit: u8) -> Self {
        Self(match digit {
            0 => self.0 ^ SWAP,
            3 => self.0 ^ (SWAP | FLIP),
            _ => self.0,
        })
    }

    /// How the `index`-th cell of a square of 2^`order` cells a side is crossed.
    pub fn of(order: u8, index: u64) -> Self {
        (0..order).rev().fold(Self::default(), |turn, at| turn.then(digit(index, at)))
    }

    /// Where the `index`-th cell of a square of 2^`order` cells a side lies.
    pub fn point(self, order: u8, index: u64) -> (u32, u32) {
        let (mut x, mut y, mut turn) = (0, 0, self);
        for at in (0..order).rev() {
            let (right, down, next) = turn.quarter(digit(index, at));
            (x, y, turn) = (x << 1 | right, y << 1 | down, next);
        }
        (x, y)
    }
}

const fn digit(index: u64, at: u8) -> u8 {
    (index >> (2 * at) & 3) as u8
}

/// Where the `index`-th cell of a square of 2^`order` cells a side lies.
pub fn point(order: u8, index: u64) -> (u32, u32) {
    Turn::default().point(order, index)
}

/// Which cell lies there: the inverse of [`point`].
pub fn index(order: u8, x: u32, y: u32) -> u64 {
    let (mut index, mut turn) = (0, Turn::default());
    for at in (0..order).rev() {
        let digit = turn.digit(x >> at & 1, y >> at & 1);
        (index, turn) = (index << 2 | u64::from(digit), turn.then(digit));
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_meets_every_cell_once_and_never_jumps() {
        for order in 0..7 {
            let mut last: Option<(u32, u32)> = None;
            for at in 0..1 << (2 * order) {
                let (x, y) = point(order, at);
                assert!(x < 1 << order && y < 1 << order);
                assert_eq!(index(order, x, y), at);
                assert!(last.is_none_or(|(a, b)| a.abs_diff(x) + b.abs_diff(y) == 1));
                last = Some((x, y));
            }
        }
    }

    #[test]
    fn more_detail_leaves_the_picture_where_it_is() {
        for at in 0..1 << 12 {
            let (x, y) = point(6, at);
            assert_eq!(point(5, at / 4), (x / 2, y / 2));
        }
    }

    #[test]
    fn a_part_of_the_curve_is_a_turned_curve() {
        for part in 0..16 {
            let (x, y) = point(2, part);
            for at in 0..64 {
                let (dx, dy) = Turn::of(2, part).point(3, at);
                assert_eq!(point(5, part * 64 + at), (x * 8 + dx, y * 8 + dy));
            }
        }
    }

    #[test]
    fn half_a_square_is_its_upper_half() {
        assert!((0..1 << 11).all(|at| point(6, at).1 < 32));
    }

    #[test]
    fn the_largest_disk_has_a_place() {
        let last = (1 << 42) - 1;
        let (x, y) = point(21, last);
        assert_eq!(index(21, x, y), last);
    }
}
