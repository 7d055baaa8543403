//! A block map in few bytes: one for the count, then the blocks, or eight for the bits.

use super::{FormatError, Reader};
use crate::block_map::BlockMap;

/// Up to this many blocks are listed one by one; eight bytes hold any map.
const LISTED: usize = 7;
/// First byte of a map given as 64 bits.
const BITS: u8 = 8;
/// First byte of the map of all 64 blocks.
const ALL: u8 = 9;

/// Appends a map.
pub(crate) fn write(map: BlockMap, out: &mut Vec<u8>) {
    if map == BlockMap::ALL {
        out.push(ALL);
    } else if map.len() <= LISTED {
        out.push(map.len() as u8);
        out.extend(map.into_iter().map(|block| block as u8));
    } else {
        out.push(BITS);
        out.extend_from_slice(&map.0.to_le_bytes());
    }
}

/// Reads a map; each map has one spelling, and another one is refused.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<BlockMap, FormatError> {
    match reader.u8()? {
        ALL => Ok(BlockMap::ALL),
        BITS => {
            let map = BlockMap(reader.u64()?);
            let needs_bits = map.len() > LISTED && map != BlockMap::ALL;
            if needs_bits { Ok(map) } else { Err(reader.field()) }
        }
        count if usize::from(count) <= LISTED => {
            let blocks = reader.bytes(usize::from(count))?;
            let ascending = blocks.is_sorted_by(|a, b| a < b);
            if ascending && blocks.iter().all(|&block| block < 64) {
                Ok(blocks.iter().map(|&block| u32::from(block)).collect())
            } else {
                Err(reader.field())
            }
        }
        _ => Err(reader.field()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round(map: BlockMap) -> (usize, BlockMap) {
        let mut bytes = Vec::new();
        write(map, &mut bytes);
        let mut reader = Reader::new(&bytes, "map");
        let back = read(&mut reader).unwrap();
        reader.end().unwrap();
        (bytes.len(), back)
    }

    proptest! {
        #[test]
        fn a_map_reads_back(bits: u64, mask: u64) {
            prop_assert_eq!(round(BlockMap(bits)).1, BlockMap(bits));
            prop_assert_eq!(round(BlockMap(bits & mask)).1, BlockMap(bits & mask));
        }
    }

    #[test]
    fn one_block_takes_two_bytes_and_all_take_one() {
        assert_eq!(round(BlockMap(1 << 63)), (2, BlockMap(1 << 63)));
        assert_eq!(round(BlockMap::ALL), (1, BlockMap::ALL));
        assert_eq!(round(BlockMap::EMPTY), (1, BlockMap::EMPTY));
    }
}
