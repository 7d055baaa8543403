//! Tries the reader of VHDs.

#![no_main]

use std::sync::LazyLock;

use fuzz::{Format, Trial};
use libfuzzer_sys::fuzz_target;

static TRIAL: LazyLock<Trial> = LazyLock::new(|| Trial::new(Format::Vhd));

fuzz_target!(|input: &[u8]| TRIAL.run(input));
