//! VHDXs: blocks in any state, a parent, and a log.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{put, utf16};

pub(crate) const MIB: usize = 1 << 20;

const BAT: u128 = 0x2DC2_7766_F623_4200_9D64_115E_9BFD_4A08;
const METADATA: u128 = 0x8B7C_A206_4790_4B9A_B8FE_575F_050F_886E;
const FILE_PARAMETERS: u128 = 0xCAA1_6737_FA36_4D43_B3B6_33F0_AA44_E76B;
const DISK_SIZE: u128 = 0x2FA5_4224_CD1B_4876_B211_5DBE_D83B_F4B8;
const LOGICAL_SECTOR: u128 = 0x8141_BF1D_A96F_4709_BA47_F233_A8FA_AB5F;
const PHYSICAL_SECTOR: u128 = 0xCDA3_48C7_445D_4471_9CC9_E988_5251_C556;
const DISK_ID: u128 = 0xBECA_12AB_B2E6_4523_93EF_C309_E000_C746;
const PARENT_LOCATOR: u128 = 0xA8D3_5F2D_B30B_454D_ABF7_D3D8_4834_AB0C;
const VHDX_PARENT: u128 = 0xB04A_EFB7_D19E_4A81_B789_25B8_E944_5913;

/// Where the log is; the table of blocks and the metadata follow it.
pub(crate) const LOG_AT: usize = MIB;
pub(crate) const BAT_AT: usize = 2 * MIB;
pub(crate) const METADATA_AT: usize = 3 * MIB;
const BLOCKS_AT: usize = 4 * MIB;

/// What a VHDX is to be: its blocks have 1 MiB.
#[derive(Debug, Clone)]
pub(crate) struct Vhdx {
    pub(crate) size: u64,
    pub(crate) sector: u32,
    pub(crate) data_write: u128,
    pub(crate) blocks: BTreeMap<u64, Block>,
    pub(crate) parent: Option<Parent>,
    /// What the log holds, and its GUID.
    pub(crate) log: Option<(u128, Vec<u8>)>,
}

/// A block that is not simply absent.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// All of it is there.
    Full(Vec<u8>),
    /// Some of its sectors are, by number.
    Partial(BTreeMap<u64, Vec<u8>>),
    /// A state without a place.
    State(u64),
}

/// What it says of its parent.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) data_write: u128,
    pub(crate) relative: &'static str,
    pub(crate) absolute: &'static str,
}

impl Vhdx {
    /// Its bytes: headers, log, table of blocks, metadata, blocks.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; BLOCKS_AT];
        put(&mut bytes, 0, b"vhdxfile");
        // The first header is an older one.
        put(&mut bytes, 64 << 10, &self.header(1, 7));
        put(&mut bytes, 128 << 10, &self.header(2, self.data_write));
        for at in [192 << 10, 256 << 10] {
            put(&mut bytes, at, &regions());
        }
        if let Some((_, log)) = &self.log {
            put(&mut bytes, LOG_AT, log);
        }
        self.put_metadata(&mut bytes[METADATA_AT..METADATA_AT + MIB]);
        let ratio = (8 << 20) * u64::from(self.sector) / MIB as u64;
        let mut bitmap_at = None;
        for (&number, block) in &self.blocks {
            assert!(number < ratio, "one block of bitmaps is made");
            let entry = BAT_AT + 8 * number as usize;
            let placed = |bytes: &mut Vec<u8>, content: &[u8]| {
                let at = bytes.len();
                bytes.extend(content);
                (at / MIB) as u64 * MIB as u64
            };
            let value = match block {
                Block::State(state) => *state,
                Block::Full(data) => placed(&mut bytes, data) | 6,
                Block::Partial(sectors) => {
                    let at = *bitmap_at.get_or_insert_with(|| {
                        let at = placed(&mut bytes, &vec![0; MIB]);
                        let entry = BAT_AT + 8 * ratio as usize;
                        put(&mut bytes, entry, &(at | 6).to_le_bytes());
                        at as usize
                    });
                    // Where no sector is there is what must not be read.
                    let start = placed(&mut bytes, &vec![0xEE; MIB]);
                    for (&sector, data) in sectors {
                        let length = self.sector as usize;
                        let bit = number as usize * (MIB / length) + sector as usize;
                        bytes[at + bit / 8] |= 1 << (bit % 8);
                        put(&mut bytes, start as usize + sector as usize * length, data);
                    }
                    start | 7
                }
            };
            put(&mut bytes, entry, &value.to_le_bytes());
        }
        bytes
    }

    fn header(&self, sequence: u64, data_write: u128) -> Vec<u8> {
        let mut header = vec![0; 4096];
        put(&mut header, 0, b"head");
        put(&mut header, 8, &sequence.to_le_bytes());
        put(&mut header, 32, &guid(data_write));
        let log = self.log.as_ref().map_or(0, |(id, _)| *id);
        put(&mut header, 48, &guid(log));
        put(&mut header, 66, &1_u16.to_le_bytes());
        put(&mut header, 68, &(MIB as u32).to_le_bytes());
        put(&mut header, 72, &(LOG_AT as u64).to_le_bytes());
        sum_up(&mut header);
        header
    }

    fn put_metadata(&self, region: &mut [u8]) {
        put(region, 0, b"metadata");
        let flags = if self.parent.is_some() { 2_u32 } else { 0 };
        let parameters = [(MIB as u32).to_le_bytes(), flags.to_le_bytes()].concat();
        let mut items = vec![
            (FILE_PARAMETERS, parameters),
            (DISK_SIZE, self.size.to_le_bytes().to_vec()),
            (LOGICAL_SECTOR, self.sector.to_le_bytes().to_vec()),
            (PHYSICAL_SECTOR, 4096_u32.to_le_bytes().to_vec()),
            (DISK_ID, guid(self.data_write).to_vec()),
        ];
        items.extend(self.parent.as_ref().map(|parent| (PARENT_LOCATOR, parent.locator())));
        put(region, 10, &(items.len() as u16).to_le_bytes());
        for (number, (id, item)) in items.into_iter().enumerate() {
            let (entry, at) = (32 + number * 32, (64 << 10) + number * 4096);
            put(region, entry, &guid(id));
            put(region, entry + 16, &(at as u32).to_le_bytes());
            put(region, entry + 20, &(item.len() as u32).to_le_bytes());
            put(region, entry + 24, &4_u32.to_le_bytes());
            put(region, at, &item);
        }
    }
}

impl Parent {
    fn locator(&self) -> Vec<u8> {
        let linkage = format!("{{{}}}", uuid::Uuid::from_u128(self.data_write)).to_uppercase();
        let pairs = [
            ("absolute_win32_path", self.absolute),
            ("relative_path", self.relative),
            ("parent_linkage", linkage.as_str()),
        ];
        let mut locator = vec![0; 20 + 12 * pairs.len()];
        put(&mut locator, 0, &guid(VHDX_PARENT));
        put(&mut locator, 18, &(pairs.len() as u16).to_le_bytes());
        for (number, (key, value)) in pairs.into_iter().enumerate() {
            let entry = 20 + number * 12;
            for (text, offset, length) in [(key, 0, 8), (value, 4, 10)] {
                let (text, at) = (utf16(text), locator.len() as u32);
                put(&mut locator, entry + offset, &at.to_le_bytes());
                put(&mut locator, entry + length, &(text.len() as u16).to_le_bytes());
                locator.extend(text);
            }
        }
        locator
    }
}

fn regions() -> Vec<u8> {
    let mut table = vec![0; 64 << 10];
    put(&mut table, 0, b"regi");
    put(&mut table, 8, &2_u32.to_le_bytes());
    for (number, (id, at)) in [(BAT, BAT_AT), (METADATA, METADATA_AT)].into_iter().enumerate() {
        let entry = 16 + number * 32;
        put(&mut table, entry, &guid(id));
        put(&mut table, entry + 16, &(at as u64).to_le_bytes());
        put(&mut table, entry + 24, &(MIB as u32).to_le_bytes());
        put(&mut table, entry + 28, &1_u32.to_le_bytes());
    }
    sum_up(&mut table);
    table
}

/// A GUID in the bytes that it is stored in.
pub(crate) fn guid(id: u128) -> [u8; 16] {
    uuid::Uuid::from_u128(id).to_bytes_le()
}

/// Puts a structure's checksum into it.
pub(crate) fn sum_up(structure: &mut [u8]) {
    structure[4..8].fill(0);
    let sum = crc32c(structure);
    put(structure, 4, &sum.to_le_bytes());
}

/// CRC-32C.
fn crc32c(bytes: &[u8]) -> u32 {
    static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
        std::array::from_fn(|byte| {
            (0..8).fold(byte as u32, |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
        })
    });
    let table = &*TABLE;
    let next = |crc: u32, &byte: &u8| crc >> 8 ^ table[((crc ^ u32::from(byte)) & 0xff) as usize];
    !bytes.iter().fold(u32::MAX, next)
}
