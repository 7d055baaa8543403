//! The map against what it promises: every cell has one place, in its tile and in its parent.

use std::collections::HashSet;

use proptest::prelude::*;
use shared::{BLOCK_BYTES, heatmap::TILE_CELLS};

use super::*;

fn map(layout: Layout, blocks: u64) -> DiskMap {
    DiskMap::new(layout, ByteSize::new(blocks * BLOCK_BYTES).unwrap())
}

fn any_map() -> impl Strategy<Value = DiskMap> {
    let layout = prop_oneof![Just(Layout::Hilbert), Just(Layout::Rows)];
    let blocks = (0_u32..=42).prop_flat_map(|bits| 1..=1_u64 << bits);
    (layout, blocks).prop_map(|(layout, blocks)| map(layout, blocks))
}

proptest! {
    #[test]
    fn a_cell_is_found_where_it_lies(map in any_map(), level in 0_u8..10, at in any::<u64>()) {
        let level = level.min(map.top_level());
        let cell = at % map.cells(level);
        let (x, y) = map.point(level, cell);
        prop_assert_eq!(map.cell_at(level, x, y), Some(cell));
        let (width, height) = map.bounds();
        prop_assert!(x << level < width && y << level < height);
    }

    #[test]
    fn a_tile_is_the_rectangle_of_its_cells(map in any_map(), level in 0_u8..10, at in any::<u64>()) {
        let level = level.min(map.top_level());
        let cell = at % map.cells(level);
        let (x, y) = map.point(level, cell);
        let rect = map.tile_rect(level, cell / TILE_CELLS);
        prop_assert!((rect.x..rect.x + rect.width).contains(&x));
        prop_assert!((rect.y..rect.y + rect.height).contains(&y));
        prop_assert!(rect.x.is_multiple_of(rect.width) && rect.y.is_multiple_of(rect.height));
        prop_assert!(u64::from(rect.width) * u64::from(rect.height) <= TILE_CELLS);
    }

    #[test]
    fn a_tile_is_painted_where_its_cells_lie(map in any_map(), level in 0_u8..10, at in any::<u64>()) {
        let level = level.min(map.top_level());
        let tile = at % map.cells(level) / TILE_CELLS;
        let rect = map.tile_rect(level, tile);
        for (cell, (x, y)) in map.tile_points(level, tile).enumerate().step_by(97) {
            let there = map.point(level, tile * TILE_CELLS + cell as u64);
            prop_assert_eq!((rect.x + x, rect.y + y), there);
        }
    }

    #[test]
    fn a_coarser_cell_stands_where_its_cells_are(map in any_map(), fine in 0_u8..10, at in any::<u64>()) {
        let fine = fine.min(map.top_level());
        let cell = at % map.cells(fine);
        let (x, y) = map.point(fine, cell);
        for coarse in (fine..=map.top_level()).filter(|&coarse| map.stands_in(coarse, fine)) {
            let by = coarse - fine;
            prop_assert_eq!(map.point(coarse, cell >> (2 * by)), (x >> by, y >> by));
        }
    }

    #[test]
    fn a_run_is_covered_exactly(map in any_map(), level in 0_u8..10, at in any::<u64>(), length in 1_u64..3000) {
        let level = level.min(map.top_level());
        let start = at % map.cells(level);
        let end = (start + length).min(map.cells(level));
        let mut covered = HashSet::new();
        for rect in map.cover(level, start..start + length) {
            for (x, y) in (rect.y..rect.y + rect.height)
                .flat_map(|y| (rect.x..rect.x + rect.width).map(move |x| (x, y)))
            {
                prop_assert!(covered.insert(map.cell_at(level, x, y)), "{x} {y} twice");
            }
        }
        prop_assert_eq!(covered, (start..end).map(Some).collect());
    }
}

#[test]
fn the_longest_run_is_a_few_rectangles() {
    for layout in [Layout::Hilbert, Layout::Rows] {
        let map = map(layout, (1 << 42) - 5);
        assert!(map.cover(0, 1..map.cells(0)).len() < 140);
    }
}

#[test]
fn half_full_squares_are_half_as_high() {
    assert_eq!(map(Layout::Hilbert, 1 << 21).bounds(), (2048, 1024));
    assert_eq!(map(Layout::Hilbert, (1 << 21) + 1).bounds(), (2048, 2048));
    assert_eq!(map(Layout::Rows, 1 << 21).bounds(), (2048, 1024));
    assert_eq!(map(Layout::Hilbert, 1).bounds(), (1, 1));
}

#[test]
fn a_disk_of_32_tib_is_one_tile_at_the_top() {
    let map = map(Layout::Hilbert, 1 << 33);
    assert_eq!((map.top_level(), map.cells(9)), (9, 32_768));
    assert_eq!(map.tile_rect(9, 0), CellRect { x: 0, y: 0, width: 256, height: 256 });
}
