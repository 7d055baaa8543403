//! A VHDX's file as it is with its log replayed, which happens in memory alone.

use std::ops::Range;

use super::super::{error::SourceError, host::HostFile, layout::Storage};
use super::log::{Replay, SECTOR};

/// A file, and what its log writes over it.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) file: HostFile,
    /// `None`: the log is empty.
    pub(super) replay: Option<Replay>,
}

impl Storage for Replayed {
    fn length(&self) -> u64 {
        self.replay.as_ref().map_or(self.file.length(), |replay| replay.length)
    }

    fn next_data(&self, range: Range<u64>) -> Result<Option<Range<u64>>, SourceError> {
        match &self.replay {
            None => self.file.next_data(range),
            // A log is short-lived; while it is there, all may be data.
            Some(_) => Ok((!range.is_empty()).then_some(range)),
        }
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let Some(replay) = &self.replay else { return self.file.read_at(offset, bytes) };
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let sector = at / SECTOR as u64;
            let within = (at % SECTOR as u64) as usize;
            let length = rest.len().min(SECTOR - within);
            let (piece, behind) = rest.split_at_mut(length);
            match replay.sectors.get(&sector) {
                Some(written) => piece.copy_from_slice(&written[within..within + length]),
                None if replay.is_zero(at) => piece.fill(0),
                None => self.read_file(replay, at, piece)?,
            }
            (at, rest) = (at + length as u64, behind);
        }
        Ok(())
    }
}

impl Replayed {
    /// The file's own bytes; between its end and what the log says it has, there are zeros.
    fn read_file(&self, replay: &Replay, at: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let end = at + bytes.len() as u64;
        if end <= self.file.length() || end > replay.length {
            return self.file.read_at(at, bytes);
        }
        let there = self.file.length().saturating_sub(at) as usize;
        bytes[there..].fill(0);
        self.file.read_at(at, &mut bytes[..there])
    }
}

impl Replay {
    /// Whether the log makes a byte zero.
    fn is_zero(&self, at: u64) -> bool {
        let after = self.zeros.partition_point(|range| range.end <= at);
        self.zeros.get(after).is_some_and(|range| range.start <= at)
    }
}
