//! The cells of a tile, and which of them a set of blocks or of chunks lies in.

use std::ops::Range;

use shared::{
    BLOCK_BYTES, BLOCKS_PER_CHUNK, ByteSize, CHUNK_BYTES,
    heatmap::{TILE_CELLS, cell_bytes},
};

use crate::block_map::BlockMap;

/// The first level of which a cell is a chunk.
pub(super) const CHUNK_LEVEL: u8 = 3;

/// The cells of one tile that lie on a disk.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub(super) level: u8,
    /// The disk's numbers of the cells.
    cells: Range<u64>,
}

impl Grid {
    pub(super) fn new(level: u8, tile: u64, size: ByteSize) -> Self {
        let on_disk = size.bytes().div_ceil(cell_bytes(level));
        let first = tile.saturating_mul(TILE_CELLS).min(on_disk);
        Self { level, cells: first..on_disk.min(first + TILE_CELLS) }
    }

    /// How many cells there are.
    pub(super) fn len(&self) -> usize {
        (self.cells.end - self.cells.start) as usize
    }

    /// Blocks in a cell.
    pub(super) const fn blocks_per_cell(&self) -> u64 {
        cell_bytes(self.level) / BLOCK_BYTES
    }

    /// The chunks that the cells touch.
    pub(super) fn chunks(&self) -> Range<u64> {
        let bytes = cell_bytes(self.level);
        self.cells.start * bytes / CHUNK_BYTES..(self.cells.end * bytes).div_ceil(CHUNK_BYTES)
    }

    /// Tells the cells that blocks of a chunk lie in, and how many lie in each.
    pub(super) fn blocks(&self, chunk: u64, blocks: BlockMap, each: impl FnMut(usize, u64)) {
        self.spread(self.level, chunk, blocks, each);
    }

    /// Tells the cells that chunks of a set of 64 lie in, and how many of them.
    pub(super) fn chunk_set(&self, set: u64, chunks: BlockMap, each: impl FnMut(usize, u64)) {
        self.spread(self.level - CHUNK_LEVEL, set, chunks, each);
    }

    /// The same for sets of anything of which a cell holds 4 to the power of `level`.
    fn spread(&self, level: u8, set: u64, members: BlockMap, mut each: impl FnMut(usize, u64)) {
        let per_cell = 1_u64 << (2 * level);
        let mut tell = |cell: u64, members: BlockMap| {
            if self.cells.contains(&cell) && !members.is_empty() {
                each((cell - self.cells.start) as usize, members.len() as u64);
            }
        };
        if per_cell >= BLOCKS_PER_CHUNK {
            tell(set / (per_cell / BLOCKS_PER_CHUNK), members);
            return;
        }
        let cells = BLOCKS_PER_CHUNK / per_cell;
        let mask = BlockMap((1 << per_cell) - 1);
        for part in 0..cells {
            tell(set * cells + part, BlockMap(members.0 >> (part * per_cell)) & mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(grid: &Grid, chunk: u64, blocks: BlockMap) -> Vec<(usize, u64)> {
        let mut told = Vec::new();
        grid.blocks(chunk, blocks, |cell, count| told.push((cell, count)));
        told
    }

    #[test]
    fn blocks_lie_in_the_cells_that_cover_them() {
        let size = ByteSize::new(1 << 40).unwrap();
        let blocks = BlockMap(0b1001 | 1 << 63);
        assert_eq!(told(&Grid::new(0, 0, size), 1, blocks), [(64, 1), (67, 1), (127, 1)]);
        assert_eq!(told(&Grid::new(1, 0, size), 1, blocks), [(16, 2), (31, 1)]);
        assert_eq!(told(&Grid::new(3, 0, size), 1, blocks), [(1, 3)]);
        assert_eq!(told(&Grid::new(4, 0, size), 7, blocks), [(1, 3)]);
        assert_eq!(told(&Grid::new(0, 1, size), 1, blocks), []);
        let mut sets = Vec::new();
        Grid::new(4, 0, size).chunk_set(1, blocks, |cell, count| sets.push((cell, count)));
        assert_eq!(sets, [(16, 2), (31, 1)]);
    }

    #[test]
    fn cells_past_the_disks_end_are_not_there() {
        let size = ByteSize::new((1 << 20) + 512).unwrap();
        assert_eq!(Grid::new(0, 0, size).len(), 257);
        assert_eq!(Grid::new(0, 0, size).chunks(), 0..5);
        assert_eq!(Grid::new(9, 0, size).len(), 1);
        assert_eq!(Grid::new(0, 1, size).len(), 0);
        assert_eq!(Grid::new(9, u64::MAX, size).len(), 0);
        assert_eq!(told(&Grid::new(0, 0, size), 4, BlockMap::ALL), [(256, 1)]);
    }
}
