//! Random histories against a plain `Vec<u8>`.
