//! Makes an image's checksums right.

/// Both copies of a VHD's footer, the last being made from the first, and its header.
pub(crate) fn vhd(bytes: &mut [u8]) {
    let length = bytes.len();
    if length < 512 {
        return;
    }
    put_vhd(&mut bytes[..512], 64);
    if length >= 2048 {
        put_vhd(&mut bytes[512..1536], 36);
        bytes.copy_within(..512, length - 512);
    }
}

fn put_vhd(structure: &mut [u8], at: usize) {
    structure[at..at + 4].fill(0);
    let sum = structure.iter().fold(0_u32, |sum, &byte| sum.wrapping_add(u32::from(byte)));
    structure[at..at + 4].copy_from_slice(&(!sum).swap_bytes().to_le_bytes());
}

/// A piece of a VHDX that lies at an offset, with what its sum goes over.
pub(crate) fn vhdx(at: u64, piece: &[u8]) -> Vec<u8> {
    let mut bytes = piece.to_vec();
    match at >> 10 {
        64 | 128 => put_vhdx(&mut bytes, 4 << 10),
        192 | 256 => put_vhdx(&mut bytes, 64 << 10),
        1024 => log(&mut bytes),
        _ => {}
    }
    bytes
}

/// The entries of a log, from its start on, one after the other.
fn log(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(length) = bytes.get(at + 8..at + 12) {
        let length = length.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        let Some(entry) = bytes.get_mut(at..at + length).filter(|entry| entry.len() >= 64) else {
            return;
        };
        entry[4..8].fill(0);
        let sum = crc32c::crc32c(entry);
        entry[4..8].copy_from_slice(&sum.to_le_bytes());
        at += length;
    }
}

/// The structure is longer than the piece; the rest of it is zeros.
fn put_vhdx(piece: &mut [u8], length: usize) {
    if piece.len() < 8 {
        return;
    }
    piece[4..8].fill(0);
    let mut whole = vec![0; length];
    whole[..piece.len()].copy_from_slice(piece);
    piece[4..8].copy_from_slice(&crc32c::crc32c(&whole).to_le_bytes());
}
