//! Heatmaps drawn from models, cell by cell and block by block.

use std::collections::{BTreeMap, BTreeSet};

use engine::TileRequest;
use harness::model::{BLOCK, Model};
use shared::heatmap::{MAX_LEVEL, Metric, TILE_CELLS, Tile, cell_bytes, quantize};

use crate::world::{Known, World};

const CHUNK_BLOCKS: u64 = 64;

/// What each metric must show of the snapshots of one disk.
struct Drawing<'a> {
    known: &'a [&'a Known],
    /// How many snapshots lie before the span, and how many before its end.
    span: (usize, usize),
    level: u8,
}

impl Drawing<'_> {
    fn model(&self, number: usize) -> Model {
        let nothing = || Model::new(self.known[0].model.size());
        number.checked_sub(1).map_or_else(nothing, |at| self.known[at].model.clone())
    }

    fn time(&self, number: usize) -> i64 {
        self.known[number.max(1) - 1].facts.created_at.as_second()
    }

    /// Blocks by cell.
    fn cells(&self, blocks: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u64> {
        let mut cells = BTreeMap::new();
        for block in blocks {
            *cells.entry(block * BLOCK / cell_bytes(self.level)).or_insert(0) += 1;
        }
        cells
    }

    /// From level 4 on the chunks of some blocks, all of each; below it the blocks.
    fn coarse(&self, blocks: BTreeSet<u64>) -> BTreeSet<u64> {
        if self.level < 4 {
            return blocks;
        }
        let chunks: BTreeSet<u64> = blocks.iter().map(|block| block / CHUNK_BLOCKS).collect();
        let all = |chunk| chunk * CHUNK_BLOCKS..(chunk + 1) * CHUNK_BLOCKS;
        chunks.into_iter().flat_map(all).collect()
    }

    fn allocated(&self, number: usize) -> BTreeSet<u64> {
        self.coarse(self.model(number).numbers().collect())
    }

    fn shared(&self) -> BTreeSet<u64> {
        let end = self.span.1;
        let neighbours = [end - 1, end + 1];
        let neighbours = neighbours.into_iter().filter(|it| (1..=self.known.len()).contains(it));
        let neighbours: Vec<Model> = neighbours.map(|it| self.model(it)).collect();
        if neighbours.is_empty() {
            return BTreeSet::new();
        }
        let model = self.model(end);
        let alone = model.numbers().filter(|&block| {
            neighbours.iter().all(|other| other.block(block) != model.block(block))
        });
        let alone = self.coarse(alone.collect());
        self.allocated(end).difference(&alone).copied().collect()
    }

    /// The cells in which each snapshot of the span differs from the one before it.
    fn touched(&self) -> impl Iterator<Item = (usize, BTreeMap<u64, u64>)> + '_ {
        (self.span.0 + 1..=self.span.1).map(|number| {
            let differing = self.model(number).differing_from(&self.model(number - 1));
            (number, self.cells(differing))
        })
    }

    fn draw(&self, metric: Metric) -> (u64, BTreeMap<u64, u8>) {
        let (start, end) = self.span;
        let blocks = cell_bytes(self.level) / BLOCK;
        let scaled = |full: u64, cells: BTreeMap<u64, u64>| {
            (full, cells.into_iter().map(|(cell, value)| (cell, quantize(value, full))).collect())
        };
        match metric {
            Metric::Changed if start == 0 => scaled(blocks, self.cells(self.allocated(end))),
            Metric::Changed => {
                let differing = self.model(end).differing_from(&self.model(start));
                scaled(blocks, self.cells(differing))
            }
            Metric::Allocated => scaled(blocks, self.cells(self.allocated(end))),
            Metric::Shared => scaled(blocks, self.cells(self.shared())),
            Metric::Count => {
                let mut counts = BTreeMap::new();
                for (cell, _) in self.touched().flat_map(|(_, cells)| cells) {
                    *counts.entry(cell).or_insert(0) += 1;
                }
                scaled((end - start) as u64, counts)
            }
            Metric::Age => {
                let length = self.time(end) - self.time(start);
                let mut values = BTreeMap::new();
                for (number, cells) in self.touched() {
                    let since = (self.time(number) - self.time(start)) as f64;
                    let value =
                        if length == 0 { 255.0 } else { 1.0 + 254.0 * since / length as f64 };
                    values.extend(cells.into_keys().map(|cell| (cell, value.round() as u8)));
                }
                (length as u64, values)
            }
        }
    }

    fn size(&self, metric: Metric) -> u64 {
        let end = self.model(self.span.1).size();
        let start = self.model(self.span.0).size();
        if metric == Metric::Changed && self.span.0 > 0 { end.max(start) } else { end }
    }

    fn tile(&self, metric: Metric, tile: u64) -> Tile {
        let cells = self.size(metric).div_ceil(cell_bytes(self.level));
        let (full, drawn) = self.draw(metric);
        let on_disk = (tile * TILE_CELLS).min(cells)..((tile + 1) * TILE_CELLS).min(cells);
        let values: Vec<u8> = on_disk.map(|it| drawn.get(&it).copied().unwrap_or(0)).collect();
        Tile { level: self.level, metric, cells: values.len() as u32, full, values }
    }
}

impl World {
    /// Compares the tiles of some levels of a disk with drawn ones, over a span given by how many
    /// snapshots lie before it and before its end.
    pub(crate) async fn check_tiles(&self, disk: usize, span: (usize, usize), levels: &[u8]) {
        let known: Vec<&Known> = self.known.iter().filter(|it| it.disk == disk).collect();
        let id = |number: usize| number.checked_sub(1).map(|at| known[at].facts.id);
        for &level in levels {
            assert!(level <= MAX_LEVEL);
            let drawing = Drawing { known: &known, span, level };
            for metric in Metric::ALL {
                let tiles = drawing.size(metric).div_ceil(cell_bytes(level) * TILE_CELLS);
                // The first, the last, and one past the end.
                for tile in BTreeSet::from([0, tiles - 1, tiles]) {
                    let (from, to) = (id(span.0), id(span.1));
                    let request = TileRequest { metric, level, tile, from, to };
                    let told = self.engine().tile(&format!("disk{disk}"), request).await;
                    let told = told.unwrap_or_else(|error| panic!("{request:?}: {error}"));
                    let drawn = drawing.tile(metric, tile);
                    let differs = told.values.iter().zip(&drawn.values).position(|(a, b)| a != b);
                    assert_eq!(differs, None, "{request:?} {span:?}");
                    assert_eq!((told.cells, told.full), (drawn.cells, drawn.full), "{request:?}");
                    assert_eq!(told.values.len(), drawn.values.len());
                }
            }
        }
    }
}
