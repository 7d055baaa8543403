//! Damage in every stored object: an error or the right bytes, never others.
