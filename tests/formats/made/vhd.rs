//! VHDs, dynamic and differencing.

use std::collections::BTreeMap;

use super::{be32, be64, put, utf16};

pub(crate) const BLOCK: usize = 4096 * 8;

/// Sectors of a block.
const SECTORS: usize = BLOCK / 512;

/// What a VHD is to be.
#[derive(Debug, Clone)]
pub(crate) struct Vhd {
    pub(crate) size: u64,
    pub(crate) id: [u8; 16],
    /// Sectors that were written, by number.
    pub(crate) written: BTreeMap<u64, [u8; 512]>,
    pub(crate) parent: Option<Parent>,
}

/// What it says of its parent.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) id: [u8; 16],
    /// In seconds since 2000.
    pub(crate) stamp: u32,
    pub(crate) relative: &'static str,
    pub(crate) absolute: &'static str,
}

impl Vhd {
    /// Its bytes: footer, header, table, paths, blocks, footer.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let blocks = self.size.div_ceil(BLOCK as u64) as usize;
        let footer = self.footer();
        let mut bytes = footer.to_vec();
        bytes.resize(512 + 1024, 0);
        bytes.resize(bytes.len() + (blocks * 4).next_multiple_of(512), 0xff);
        let mut header = self.header(blocks as u32);
        if let Some(parent) = &self.parent {
            let paths = [(b"W2ku", parent.absolute), (b"W2ru", parent.relative)];
            for (number, (code, path)) in paths.into_iter().enumerate() {
                let (path, at) = (utf16(path), 576 + number * 24);
                put(&mut header, at, code);
                put(&mut header, at + 4, &be32(512));
                put(&mut header, at + 8, &be32(path.len() as u32));
                put(&mut header, at + 16, &be64(bytes.len() as u64));
                bytes.extend(&path);
                bytes.resize(bytes.len().next_multiple_of(512), 0);
            }
        }
        let sum = checksum(&header, 36);
        put(&mut header, 36, &be32(sum));
        put(&mut bytes, 512, &header);
        for block in 0..blocks {
            let first = (block * SECTORS) as u64;
            let sectors = self.written.range(first..first + SECTORS as u64);
            if sectors.clone().next().is_none() {
                continue;
            }
            let start = bytes.len();
            put(&mut bytes, 1536 + block * 4, &be32((start / 512) as u32));
            // Where no sector was written there is what must not be read.
            bytes.resize(start + 512, 0);
            bytes.resize(start + 512 + BLOCK, 0xEE);
            for (&sector, data) in sectors {
                let within = (sector - first) as usize;
                bytes[start + within / 8] |= 0x80 >> (within % 8);
                put(&mut bytes, start + 512 + within * 512, data);
            }
        }
        bytes.extend(footer);
        bytes
    }

    fn footer(&self) -> [u8; 512] {
        let mut footer = [0; 512];
        put(&mut footer, 0, b"conectix");
        put(&mut footer, 8, &be32(2));
        put(&mut footer, 12, &be32(0x0001_0000));
        put(&mut footer, 16, &be64(512));
        put(&mut footer, 28, b"test");
        put(&mut footer, 40, &be64(self.size));
        put(&mut footer, 48, &be64(self.size));
        put(&mut footer, 60, &be32(if self.parent.is_some() { 4 } else { 3 }));
        put(&mut footer, 68, &self.id);
        let sum = checksum(&footer, 64);
        put(&mut footer, 64, &be32(sum));
        footer
    }

    fn header(&self, blocks: u32) -> [u8; 1024] {
        let mut header = [0; 1024];
        put(&mut header, 0, b"cxsparse");
        put(&mut header, 8, &[0xff; 8]);
        put(&mut header, 16, &be64(1536));
        put(&mut header, 24, &be32(0x0001_0000));
        put(&mut header, 28, &be32(blocks));
        put(&mut header, 32, &be32(BLOCK as u32));
        if let Some(parent) = &self.parent {
            put(&mut header, 40, &parent.id);
            put(&mut header, 56, &be32(parent.stamp));
        }
        header
    }
}

/// The complement of the sum of all bytes but those of the sum itself.
pub(crate) fn checksum(bytes: &[u8], at: usize) -> u32 {
    let others = bytes[..at].iter().chain(&bytes[at + 4..]);
    !others.map(|&byte| u32::from(byte)).sum::<u32>()
}
