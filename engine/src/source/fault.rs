//! What is wrong with an image, found by those who see its bytes and not its path.

use std::fmt;

/// A field of an image that has a value which its format does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, as the format's specification calls it.
    pub field: String,
    /// What it says, and why that cannot be.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its {} {}", self.field, self.what)
    }
}

/// What keeps an image from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A field is wrong.
    Fault(Fault),
    /// All is right, but something of it is not understood here: "is encrypted".
    Unsupported(String),
}

/// A wrong field.
pub(super) fn fault(field: impl Into<String>, what: impl Into<String>) -> Refusal {
    Refusal::Fault(Fault { field: field.into(), what: what.into() })
}

/// Something that is not understood here: "is encrypted".
pub(super) fn unsupported(what: impl Into<String>) -> Refusal {
    Refusal::Unsupported(what.into())
}

/// A wrong field unless something holds.
pub(super) fn check(
    holds: bool,
    field: &str,
    what: impl FnOnce() -> String,
) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(fault(field, what())) }
}
