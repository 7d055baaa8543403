//! A frame: up to 256 KiB of plain bytes, compressed together, behind a header that proves them.
//!
//! ```text
//!  0  magic "SKFR" 4      24  key id 16 (zeros: not encrypted)
//!  4  version 1           40  salt 24
//!  5  kind 1              64  tag 16
//!  6  codec 1             80  BLAKE3 of bytes 0..80 and the payload, first 16 bytes
//!  7  cipher 1 (0: none)  96  payload
//!  8  plain length 4
//! 12  stored length 4
//! 16  items 4
//! 20  reserved 4
//! ```

use super::{FormatError, Reader, VERSION};
use crate::hash::checksum;

/// Length of a frame's header in bytes.
pub(crate) const HEADER: usize = 96;
/// The longest plain content of a frame in bytes.
pub(crate) const MAX_PLAIN: usize = 256 * 1024;

const MAGIC: [u8; 4] = *b"SKFR";

/// What a frame's items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FrameKind {
    /// Blocks of chunks.
    Blocks,
    /// Tree nodes.
    Nodes,
}

impl FrameKind {
    pub(crate) const fn byte(self) -> u8 {
        match self {
            Self::Blocks => 1,
            Self::Nodes => 2,
        }
    }

    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Blocks),
            2 => Some(Self::Nodes),
            _ => None,
        }
    }
}

/// How a frame's payload is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Raw,
    Zstd,
}

/// The bytes of a frame: header and payload.
///
/// The payload is compressed unless a sample says that it would not shrink, or it did not by 3 %.
pub(crate) fn encode(kind: FrameKind, items: u32, plain: &[u8], level: i32) -> Vec<u8> {
    debug_assert!(plain.len() <= MAX_PLAIN, "a frame is bounded");
    let compressed = looks_compressible(plain)
        .then(|| zstd::bulk::compress(plain, level).ok())
        .flatten()
        .filter(|compressed| compressed.len() + plain.len() / 32 < plain.len());
    let (codec, payload) = match &compressed {
        Some(compressed) => (Codec::Zstd, compressed.as_slice()),
        None => (Codec::Raw, plain),
    };
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.push(VERSION as u8);
    bytes.push(kind.byte());
    bytes.push(match codec {
        Codec::Raw => 0,
        Codec::Zstd => 1,
    });
    bytes.push(0);
    bytes.extend_from_slice(&(plain.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&items.to_le_bytes());
    bytes.resize(80, 0);
    let checksum = checksum(&[&bytes, payload]);
    bytes.extend_from_slice(&checksum);
    bytes.extend_from_slice(payload);
    bytes
}

/// The plain bytes of a frame, after its checksum.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    const WHAT: &str = "the frame";
    let field = FormatError::Field { what: WHAT };
    let mut reader = Reader::new(bytes, WHAT);
    if reader.array::<4>()? != MAGIC || u16::from(reader.u8()?) != VERSION {
        return Err(field);
    }
    let kind = reader.u8()?;
    let codec = match reader.u8()? {
        0 => Codec::Raw,
        1 => Codec::Zstd,
        _ => return Err(field),
    };
    let cipher = reader.u8()?;
    let plain_length = reader.u32()? as usize;
    let stored_length = reader.u32()? as usize;
    reader.u32()?;
    reader.reserved(60)?;
    let expected = reader.array::<16>()?;
    let payload = reader.bytes(stored_length)?;
    reader.end()?;
    if FrameKind::from_byte(kind).is_none() || cipher != 0 || plain_length > MAX_PLAIN {
        return Err(field);
    }
    if checksum(&[&bytes[..80], payload]) != expected {
        return Err(FormatError::Checksum { what: WHAT });
    }
    let plain = match codec {
        Codec::Raw => payload.to_vec(),
        Codec::Zstd => zstd::bulk::decompress(payload, plain_length).map_err(|_| field.clone())?,
    };
    if plain.len() == plain_length { Ok(plain) } else { Err(field) }
}

/// Whether the order-0 entropy of four 4 KiB samples leaves zstd anything to gain.
///
/// Costs 6 µs, against 75 µs for zstd to find out that random bytes do not shrink.
fn looks_compressible(plain: &[u8]) -> bool {
    const SAMPLE: usize = 4096;
    const SAMPLES: usize = 4;
    if plain.len() <= SAMPLE * SAMPLES {
        return true;
    }
    let mut counts = [0_u32; 256];
    let stride = (plain.len() - SAMPLE) / (SAMPLES - 1);
    for sample in 0..SAMPLES {
        for &byte in &plain[sample * stride..][..SAMPLE] {
            counts[usize::from(byte)] += 1;
        }
    }
    let total = f64::from((SAMPLE * SAMPLES) as u32);
    let seen = counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count));
    let entropy_bits: f64 = seen.map(|count| count / total * (total / count).log2()).sum();
    // 16 KiB of random bytes measure 7.98 to 7.99 bits; text and code stay under 7.
    entropy_bits < 7.9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut output = vec![0; length];
        blake3::Hasher::new().finalize_xof().fill(&mut output);
        output
    }

    #[test]
    fn a_frame_reads_back_whatever_its_codec() {
        for plain in
            [vec![], vec![7; 1], vec![0; MAX_PLAIN], noise(MAX_PLAIN), b"text ".repeat(9000)]
        {
            let bytes = encode(FrameKind::Blocks, 3, &plain, 3);
            assert_eq!(decode(&bytes).unwrap(), plain);
            assert!(bytes.len() <= HEADER + plain.len());
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = encode(FrameKind::Nodes, 1, &b"a node of a tree ".repeat(40), 3);
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&broken).is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "length {length}");
        }
    }
}
