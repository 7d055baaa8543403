//! The heights of a timeline's bars: a scale of bytes, by their logarithm or as they are.

use std::{fmt, str::FromStr};

use shared::BLOCK_BYTES;

/// How heights stand for bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ValueScaleKind {
    /// By their logarithm, so that small and large changes are both seen.
    #[default]
    Log,
    /// As they are.
    Linear,
}

impl fmt::Display for ValueScaleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Log => "log",
            Self::Linear => "linear",
        })
    }
}

/// Text that is no scale.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no scale: use log or linear")]
pub struct ParseKindError(String);

impl FromStr for ValueScaleKind {
    type Err = ParseKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "log" => Ok(Self::Log),
            "linear" => Ok(Self::Linear),
            _ => Err(ParseKindError(text.to_owned())),
        }
    }
}

/// A scale of bytes from 0 to `max`, drawn so many pixels high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueScale {
    /// How heights stand for bytes.
    pub kind: ValueScaleKind,
    /// What is drawn at the top.
    pub max: u64,
    /// Pixels from 0 to `max`.
    pub height: f64,
}

impl ValueScale {
    /// How high so many bytes are drawn; what is not nothing is seen.
    pub fn height_of(&self, bytes: u64) -> f64 {
        if bytes == 0 {
            return 0.0;
        }
        let share = match self.kind {
            ValueScaleKind::Linear => bytes as f64 / self.max.max(1) as f64,
            ValueScaleKind::Log => {
                let log = |bytes: u64| (bytes as f64 / BLOCK_BYTES as f64).ln_1p();
                log(bytes) / log(self.max.max(BLOCK_BYTES))
            }
        };
        (share * self.height).clamp(2.0_f64.min(self.height), self.height)
    }

    /// Round sizes that the axis names, the smallest first.
    pub fn ticks(&self) -> Vec<u64> {
        match self.kind {
            ValueScaleKind::Linear => {
                let step = (self.max / 4).max(1).next_power_of_two();
                (1..5).map(|times| times * step).filter(|&bytes| bytes <= self.max).collect()
            }
            ValueScaleKind::Log => {
                let most = (self.height / 28.0).max(1.0) as u32;
                let powers = (self.max.max(1) / BLOCK_BYTES).max(1).ilog2() + 1;
                let step = powers.div_ceil(most).max(2);
                let sizes = (0..powers).step_by(step as usize).map(|power| BLOCK_BYTES << power);
                sizes.filter(|&bytes| bytes <= self.max).collect()
            }
        }
    }
}
