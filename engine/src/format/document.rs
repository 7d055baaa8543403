//! Small objects of text: manifests, tombstones, records and disks' states, in one
//! envelope.
//!
//! `magic 8 · version 2 · reserved 2 · length 4 · JSON · BLAKE3 of all before 32`

use serde::{Serialize, de::DeserializeOwned};

use super::{FormatError, Reader, VERSION};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Manifest,
    Tombstone,
    Record,
    DiskState,
}

impl Kind {
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Manifest => *b"SKIKTMAN",
            Self::Tombstone => *b"SKIKTTMB",
            Self::Record => *b"SKIKTREC",
            Self::DiskState => *b"SKIKTDSK",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Manifest => "the manifest",
            Self::Tombstone => "the tombstone",
            Self::Record => "the record",
            Self::DiskState => "the disk's state",
        }
    }
}

/// The bytes of a document.
pub(crate) fn encode<T: Serialize>(kind: Kind, value: &T) -> Vec<u8> {
    let json = serde_json::to_vec(value).expect("documents have string keys and no failing parts");
    let mut bytes = Vec::with_capacity(16 + json.len() + 32);
    bytes.extend_from_slice(&kind.magic());
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&(json.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&json);
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes
}

/// Reads a document back.
pub(crate) fn decode<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, FormatError> {
    let what = kind.what();
    let mut reader = Reader::new(bytes, what);
    reader.magic(kind.magic())?;
    reader.reserved(2)?;
    let length = reader.u32()? as usize;
    let json = reader.bytes(length)?;
    let hash = reader.array::<32>()?;
    reader.end()?;
    if blake3::hash(&bytes[..16 + length]) != blake3::Hash::from_bytes(hash) {
        return Err(FormatError::Checksum { what });
    }
    serde_json::from_slice(json).map_err(|_| FormatError::Field { what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = encode(Kind::Record, &serde_json::json!({"name": "web", "size": 4096}));
        assert!(decode::<serde_json::Value>(Kind::Record, &bytes).is_ok());
        assert!(decode::<serde_json::Value>(Kind::Manifest, &bytes).is_err());
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<serde_json::Value>(Kind::Record, &broken).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(decode::<serde_json::Value>(Kind::Record, &bytes[..length]).is_err());
        }
    }
}
