//! Colours of a heatmap: nothing has a colour of its own, the rest goes from quiet to loud.

use std::{fmt, str::FromStr};

use shared::heatmap::{dequantize, quantize};

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// The colour of each value of a cell.
pub type Palette = [Rgb; 256];

/// The ground that a map is drawn on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// What is more is darker.
    Light,
    /// What is more is lighter.
    Dark,
}

/// Colours in order of their lightness.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Ramp {
    /// Blue to yellow, alike for all kinds of colour vision (Nuñez, Anderton and Renslow 2018).
    #[default]
    Cividis,
    /// Violet over green to yellow.
    Viridis,
    /// Without colour.
    Greys,
}

impl fmt::Display for Ramp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Text that is no ramp.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no ramp: use cividis, viridis or greys")]
pub struct ParseRampError(String);

impl FromStr for Ramp {
    type Err = ParseRampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|ramp| ramp.as_str() == text);
        found.ok_or_else(|| ParseRampError(text.to_owned()))
    }
}

impl Ramp {
    /// Every ramp.
    pub const ALL: [Self; 3] = [Self::Cividis, Self::Viridis, Self::Greys];

    /// The ramp as it is spelled.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cividis => "cividis",
            Self::Viridis => "viridis",
            Self::Greys => "greys",
        }
    }

    /// Evenly spaced colours, the darkest first.
    const fn stops(self) -> &'static [u32] {
        match self {
            Self::Cividis => &[
                0x00_224e, 0x12_3570, 0x3b_496c, 0x57_5d6d, 0x70_7173, 0x8a_8678, 0xa5_9c74,
                0xc3_b369, 0xe1_cc55, 0xfe_e838,
            ],
            Self::Viridis => &[
                0x44_0154, 0x48_2878, 0x3e_4989, 0x31_688e, 0x26_828e, 0x1f_9e89, 0x35_b779,
                0x6e_ce58, 0xb5_de2b, 0xfd_e725,
            ],
            Self::Greys => &[0x10_1010, 0xf8_f8f8],
        }
    }

    /// The colour at a share of the way from dark to light.
    fn at(self, share: f64) -> Rgb {
        let stops = self.stops();
        let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let index = (place as usize).min(stops.len() - 2);
        let part = place - index as f64;
        let mix = |shift: u32| {
            let channel = |stop: u32| f64::from(stop >> shift & 0xff);
            let (from, to) = (channel(stops[index]), channel(stops[index + 1]));
            (from + (to - from) * part).round() as u8
        };
        [mix(16), mix(8), mix(0)]
    }

    /// The colour of each value of a cell. The ramp's end that the ground is like is left out, so
    /// that a single changed block stands out from none.
    pub fn palette(self, ground: Ground) -> Palette {
        let nothing = match ground {
            Ground::Light => [0xe6, 0xea, 0xee],
            Ground::Dark => [0x20, 0x28, 0x31],
        };
        std::array::from_fn(|value| {
            let share = (value as f64 - 1.0) / 254.0;
            match (value, ground) {
                (0, _) => nothing,
                (_, Ground::Dark) => self.at(0.14 + 0.86 * share),
                (_, Ground::Light) => self.at(0.84 - 0.84 * share),
            }
        })
    }
}

/// A value that the legend names, and how far along the ramp it lies (0 to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LegendTick {
    /// The value: blocks, a count or seconds.
    pub value: u64,
    /// How far along.
    pub at: f64,
}

/// What a legend names: 1, the top, and powers of four between that do not crowd.
pub fn legend_ticks(full: u64) -> Vec<LegendTick> {
    let full = full.max(1);
    let tick = |value: u64| {
        let byte = f64::from(quantize(value, full));
        LegendTick { value: dequantize(quantize(value, full), full), at: (byte - 1.0) / 254.0 }
    };
    let mut ticks = vec![LegendTick { value: 1, ..tick(1) }];
    let powers = (1..32).map(|power| 1_u64 << (2 * power)).take_while(|&value| value < full);
    for value in powers {
        let next = LegendTick { value, ..tick(value) };
        let last = ticks.last().map_or(0.0, |last| last.at);
        if next.at - last >= 0.2 && next.at <= 0.8 {
            ticks.push(next);
        }
    }
    if full > 1 {
        ticks.push(tick(full));
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance([red, green, blue]: Rgb) -> f64 {
        let linear = |channel: u8| (f64::from(channel) / 255.0).powf(2.2);
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn more_is_always_further_from_the_ground() {
        for ramp in Ramp::ALL {
            for (ground, sign) in [(Ground::Light, -1.0), (Ground::Dark, 1.0)] {
                let palette = ramp.palette(ground);
                for pair in palette[1..].windows(2) {
                    assert!(sign * (luminance(pair[1]) - luminance(pair[0])) > -0.004);
                }
            }
        }
    }

    #[test]
    fn nothing_has_a_colour_of_its_own() {
        for ramp in Ramp::ALL {
            for ground in [Ground::Light, Ground::Dark] {
                let palette = ramp.palette(ground);
                assert!(palette[1..].iter().all(|colour| *colour != palette[0]));
            }
        }
    }

    #[test]
    fn a_legend_goes_from_one_to_the_top_without_crowding() {
        for full in [1, 2, 7, 64, 262_144, 30 * 86_400] {
            let ticks = legend_ticks(full);
            assert_eq!(ticks[0].value, 1);
            assert_eq!(ticks[ticks.len() - 1].value, full);
            assert!(ticks.len() <= 6);
            assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
    }
}
