//! Bytes as people read them: rows of sixteen, with what changed marked and runs of zeros folded.

use std::ops::Range;

/// Bytes in a row.
pub const ROW: usize = 16;

/// So many rows of zeros at least are folded into one line.
const FOLD: usize = 4;

/// A line of the dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Up to sixteen bytes.
    Row(Row),
    /// A run of zeros, on both sides where two are compared.
    Zeros {
        /// Where it starts on the disk.
        offset: u64,
        /// How long it is.
        length: u64,
    },
}

/// Up to sixteen bytes of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it starts on the disk.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Those of the other side, where there is one.
    pub other: Option<Vec<u8>>,
}

/// Neighbouring bytes of a row that all differ from the other side, or all do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which of the row's bytes they are.
    pub at: Range<usize>,
    /// Whether they differ.
    pub differs: bool,
}

impl Row {
    /// The row in runs of bytes that differ and bytes that do not.
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for at in 0..self.bytes.len() {
            let differs =
                self.other.as_ref().is_some_and(|other| other.get(at) != Some(&self.bytes[at]));
            match runs.last_mut() {
                Some(run) if run.differs == differs => run.at.end = at + 1,
                _ => runs.push(Run { at: at..at + 1, differs }),
            }
        }
        runs
    }

    /// How many of its bytes differ.
    pub fn differing(&self) -> usize {
        self.runs().iter().filter(|run| run.differs).map(|run| run.at.len()).sum()
    }
}

/// Bytes in hexadecimal, with a gap after each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

/// Bytes as text: a dot for what cannot be printed.
pub fn ascii(bytes: &[u8]) -> String {
    let letter = |&byte: &u8| if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '.' };
    bytes.iter().map(letter).collect()
}

/// Fills the shorter of two sides up with the zeros that a disk grows by.
pub fn even_out(a: &mut Vec<u8>, b: &mut Vec<u8>) {
    let longer = a.len().max(b.len());
    a.resize(longer, 0);
    b.resize(longer, 0);
}

/// The bytes from `offset` on in lines, compared with those of the other side if it is given.
pub fn lines(offset: u64, bytes: &[u8], other: Option<&[u8]>) -> Vec<Line> {
    let rows = bytes.chunks(ROW).enumerate().map(|(at, row)| Row {
        offset: offset + (at * ROW) as u64,
        bytes: row.to_vec(),
        other: other.map(|other| other.iter().skip(at * ROW).take(row.len()).copied().collect()),
    });
    let mut lines = Vec::new();
    let mut zeros: Vec<Row> = Vec::new();
    for row in rows {
        if is_zero(&row) {
            zeros.push(row);
        } else {
            flush(&mut zeros, &mut lines);
            lines.push(Line::Row(row));
        }
    }
    flush(&mut zeros, &mut lines);
    lines
}

fn is_zero(row: &Row) -> bool {
    row.bytes.iter().chain(row.other.iter().flatten()).all(|&byte| byte == 0)
        && row.other.as_ref().is_none_or(|other| other.len() == row.bytes.len())
}

fn flush(zeros: &mut Vec<Row>, lines: &mut Vec<Line>) {
    match zeros.first() {
        Some(first) if zeros.len() >= FOLD => {
            let length = zeros.iter().map(|row| row.bytes.len() as u64).sum();
            lines.push(Line::Zeros { offset: first.offset, length });
            zeros.clear();
        }
        _ => lines.extend(zeros.drain(..).map(Line::Row)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_lines_hold_every_byte_in_order(
            bytes in prop::collection::vec(prop_oneof![9 => Just(0_u8), 1 => any::<u8>()], 0..600)
        ) {
            let mut read = Vec::new();
            for line in lines(4096, &bytes, None) {
                let offset = match &line {
                    Line::Row(row) => row.offset,
                    Line::Zeros { offset, .. } => *offset,
                };
                prop_assert_eq!(offset, 4096 + read.len() as u64);
                match line {
                    Line::Row(row) => read.extend(row.bytes),
                    Line::Zeros { length, .. } => read.extend(vec![0; length as usize]),
                }
            }
            prop_assert_eq!(read, bytes);
        }

        #[test]
        fn exactly_the_bytes_that_differ_are_marked(
            pair in prop::collection::vec((0_u8..2, 0_u8..2), 0..200)
        ) {
            let (a, b): (Vec<_>, Vec<_>) = pair.iter().copied().unzip();
            let marked: usize = lines(0, &a, Some(&b))
                .iter()
                .map(|line| if let Line::Row(row) = line { row.differing() } else { 0 })
                .sum();
            prop_assert_eq!(marked, pair.iter().filter(|(a, b)| a != b).count());
        }
    }

    #[test]
    fn past_the_other_sides_end_everything_differs() {
        let lines = lines(0, &[0; 64], Some(&[0; 16]));
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn what_a_smaller_disk_did_not_have_is_compared_with_zeros() {
        let (mut now, mut then) = (Vec::new(), vec![0, 7, 0]);
        even_out(&mut now, &mut then);
        let [Line::Row(row)] = &lines(0, &now, Some(&then))[..] else { panic!("one row") };
        assert_eq!((row.bytes.len(), row.differing()), (3, 1));
    }

    #[test]
    fn bytes_are_shown_twice() {
        assert_eq!(hex(b"A\0"), "41 00 ");
        assert_eq!(ascii(b"A\0~\x7f"), "A.~.");
    }
}
