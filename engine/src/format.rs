//! Every stored byte: what `docs/format.md` draws, as pure encoders and decoders.
//!
//! All integers are little-endian. A decoder takes nothing on trust: lengths are checked against
//! the bytes that are there before anything is allocated by them.

pub(crate) mod document;
pub(crate) mod frame;
pub(crate) mod index;
pub(crate) mod map;
pub(crate) mod node;
pub(crate) mod pack;

/// The version of every stored object written by this release.
pub(crate) const VERSION: u16 = 1;

/// Stored bytes that are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes end before the format says.
    #[error("{what} is cut short")]
    Short {
        /// The part that is not whole.
        what: &'static str,
    },
    /// A checksum is not that of the bytes.
    #[error("the checksum of {what} is wrong")]
    Checksum {
        /// The part that was changed.
        what: &'static str,
    },
    /// A field holds what it cannot hold.
    #[error("{what} holds an impossible value")]
    Field {
        /// The field.
        what: &'static str,
    },
    /// A newer release wrote it.
    #[error("{what} has format version {version}, and this release reads version {VERSION}")]
    Version {
        /// The part.
        what: &'static str,
        /// Its version.
        version: u16,
    },
}

/// Reads fields off the front of some bytes.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let short = FormatError::Short { what: self.what };
        let (head, rest) = self.bytes.split_at_checked(count).ok_or(short)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let short = FormatError::Short { what: self.what };
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or(short)?;
        self.bytes = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormatError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FormatError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormatError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Skips `count` reserved bytes, which are zeros in this version.
    pub(crate) fn reserved(&mut self, count: usize) -> Result<(), FormatError> {
        if self.bytes(count)?.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(self.field()) }
    }

    /// Checks the magic and the version that open an object.
    pub(crate) fn magic(&mut self, magic: [u8; 8]) -> Result<(), FormatError> {
        if self.array::<8>()? != magic {
            return Err(self.field());
        }
        match self.u16()? {
            VERSION => Ok(()),
            version => Err(FormatError::Version { what: self.what, version }),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Checks that nothing is left.
    pub(crate) fn end(&self) -> Result<(), FormatError> {
        if self.is_empty() { Ok(()) } else { Err(self.field()) }
    }

    /// The error for a field of this part.
    pub(crate) const fn field(&self) -> FormatError {
        FormatError::Field { what: self.what }
    }
}
