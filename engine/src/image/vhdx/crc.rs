//! CRC-32C (Castagnoli), which VHDX has over its headers, its region tables and its log.

/// The polynomial, its bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ POLYNOMIAL } else { value >> 1 };
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
};

/// A sum that takes its bytes in pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crc(u32);

impl Crc {
    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0 >> 8 ^ TABLE[((self.0 ^ u32::from(byte)) & 0xff) as usize];
        }
    }

    pub(crate) const fn value(self) -> u32 {
        !self.0
    }
}

/// The sum of a structure that keeps it in its bytes 4 to 8, which count as zeros.
pub(crate) fn of_structure(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.add(&bytes[..4]);
    crc.add(&[0; 4]);
    crc.add(&bytes[8..]);
    crc.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_the_castagnoli_one() {
        let mut crc = Crc::new();
        crc.add(b"12345");
        crc.add(b"6789");
        assert_eq!(crc.value(), 0xe306_9283);
    }
}
