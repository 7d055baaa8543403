//! The steps of a history, how they are drawn, and how they are done.

use std::fs;

use engine::{ExportFormat, Granularity};
use harness::{model::BLOCK, seeded::Seeded};
use proptest::prelude::*;
use shared::{Sku, SnapshotKind};

use crate::world::World;

const CHUNK: u64 = 256 << 10;
const LEAF: u64 = 128 << 20;

/// Where on a disk: some way from a place where things go wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    near: Near,
    sectors: u16,
}

#[derive(Debug, Clone, Copy)]
enum Near {
    Start,
    Chunk,
    Leaf,
    End,
}

/// What is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fill {
    /// Noise; equal seeds, equal bytes.
    Noise(u8),
    /// One byte again and again.
    Byte(u8),
}

/// One step. Disks and snapshots are counted round and round.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Write { disk: usize, at: Spot, sectors: u16, fill: Fill },
    Chunk { disk: usize, at: Spot, fill: Fill },
    Punch { disk: usize, at: Spot, sectors: u16 },
    Resize { disk: usize, to: Spot },
    Incremental { disk: usize },
    Full { disk: usize, premium: bool },
    Delete { snapshot: usize, collect: bool },
    Collect,
    Diff { base: usize, target: usize, sectors: bool },
    Export { snapshot: usize, vhd: bool },
    Verify { snapshot: usize },
    Reopen,
    LoseCatalog,
    Rebuild,
}

fn spot() -> impl Strategy<Value = Spot> {
    let near = prop_oneof![
        4 => Just(Near::Start),
        3 => Just(Near::Chunk),
        2 => Just(Near::Leaf),
        2 => Just(Near::End),
    ];
    (near, 0..64_u16).prop_map(|(near, sectors)| Spot { near, sectors })
}

fn fill() -> impl Strategy<Value = Fill> {
    prop_oneof![
        // Few seeds, so that the same bytes come again elsewhere.
        6 => (0..12_u8).prop_map(Fill::Noise),
        1 => Just(Fill::Byte(0)),
        1 => (1..4_u8).prop_map(Fill::Byte),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let number = || 0..720_usize;
    let disk = || 0..2_usize;
    prop_oneof![
        12 => (disk(), spot(), 1..40_u16, fill())
            .prop_map(|(disk, at, sectors, fill)| Step::Write { disk, at, sectors, fill }),
        3 => (disk(), spot(), fill()).prop_map(|(disk, at, fill)| Step::Chunk { disk, at, fill }),
        3 => (disk(), spot(), 1..600_u16)
            .prop_map(|(disk, at, sectors)| Step::Punch { disk, at, sectors }),
        3 => (disk(), spot()).prop_map(|(disk, to)| Step::Resize { disk, to }),
        9 => disk().prop_map(|disk| Step::Incremental { disk }),
        2 => (disk(), any::<bool>()).prop_map(|(disk, premium)| Step::Full { disk, premium }),
        3 => (number(), any::<bool>())
            .prop_map(|(snapshot, collect)| Step::Delete { snapshot, collect }),
        1 => Just(Step::Collect),
        4 => (number(), number(), any::<bool>())
            .prop_map(|(base, target, sectors)| Step::Diff { base, target, sectors }),
        2 => (number(), any::<bool>())
            .prop_map(|(snapshot, vhd)| Step::Export { snapshot, vhd }),
        1 => number().prop_map(|snapshot| Step::Verify { snapshot }),
        1 => Just(Step::Reopen),
        1 => Just(Step::LoseCatalog),
        1 => Just(Step::Rebuild),
    ]
}

impl Fill {
    fn bytes(self, length: u64) -> Vec<u8> {
        match self {
            Self::Noise(seed) => Seeded::new(u64::from(seed)).bytes(length as usize),
            Self::Byte(byte) => vec![byte; length as usize],
        }
    }
}

impl Spot {
    /// The offset of the spot on a disk of a size, before its end.
    fn on(self, size: u64) -> u64 {
        let sectors = u64::from(self.sectors) * 512;
        let from_before = |boundary: u64| boundary - 32 * 512 + sectors;
        let offset = match self.near {
            Near::Start => sectors,
            Near::Chunk => from_before(CHUNK),
            Near::Leaf => from_before(LEAF),
            Near::End => (size - 512).saturating_sub(sectors),
        };
        if offset < size { offset } else { offset % size / 512 * 512 }
    }

    /// A size of a disk.
    fn size(self) -> u64 {
        let sectors = u64::from(self.sectors) * 512;
        match self.near {
            Near::Start => 512 + sectors * 37,
            Near::Chunk => CHUNK * 3 - 32 * 512 + sectors,
            Near::Leaf => LEAF - 32 * 512 + sectors,
            Near::End => 2 * LEAF + CHUNK + sectors * 1025,
        }
    }
}

impl World {
    pub(crate) async fn step(&mut self, step: Step) {
        let live = self.known.len();
        match step {
            Step::Write { disk, at, sectors, fill } => {
                let size = self.disks[disk].model().size();
                let at = at.on(size);
                let length = (u64::from(sectors) * 512).min(size - at);
                self.disk(disk).write(at, &fill.bytes(length)).expect("an image can be written");
            }
            Step::Chunk { disk, at, fill } => {
                let size = self.disks[disk].model().size();
                let at = at.on(size) / CHUNK * CHUNK;
                let bytes = fill.bytes(CHUNK.min(size - at));
                self.disk(disk).write(at, &bytes).expect("an image can be written");
            }
            Step::Punch { disk, at, sectors } => {
                let size = self.disks[disk].model().size();
                let at = at.on(size);
                let length = (u64::from(sectors) * 512).min(size - at);
                self.disk(disk).punch(at, length).expect("an image can be punched");
            }
            Step::Resize { disk, to } => {
                self.disk(disk).resize(to.size()).expect("an image can be resized");
            }
            Step::Incremental { disk } => {
                Box::pin(self.snap(disk)).await;
            }
            Step::Full { disk, premium } => {
                let sku = if premium { Sku::PremiumLrs } else { Sku::StandardLrs };
                Box::pin(self.take(disk, SnapshotKind::Full, sku)).await;
            }
            Step::Collect => {
                self.gc().await;
            }
            Step::Reopen | Step::LoseCatalog | Step::Rebuild => {
                self.close().await;
                if matches!(step, Step::LoseCatalog) {
                    let catalog = self.place.data().join("catalog.db");
                    fs::remove_file(catalog).expect("the catalog is there to be lost");
                } else if matches!(step, Step::Rebuild) {
                    let report = self.place.rebuild().await.expect("the catalog can be rebuilt");
                    assert_eq!(report.snapshots, live as u64);
                    assert_eq!(report.unreadable, [""; 0]);
                    assert_eq!(report.packs_indexed, 0);
                }
                self.open().await;
                self.check_list().await;
            }
            // The rest needs snapshots.
            _ if live == 0 => {}
            Step::Delete { snapshot, collect: false } => self.delete(snapshot % live).await,
            Step::Delete { snapshot, collect: true } => {
                Box::pin(self.delete_and_collect(snapshot % live)).await;
            }
            Step::Diff { base, target, sectors } => {
                let base = base % live;
                let disk = self.known[base].disk;
                let of_disk: Vec<usize> =
                    (0..live).filter(|&at| self.known[at].disk == disk).collect();
                let unit = if sectors { Granularity::Sector } else { Granularity::Block };
                self.check_diff(base, of_disk[target % of_disk.len()], unit).await;
            }
            Step::Export { snapshot, vhd } => {
                let format = if vhd { ExportFormat::Vhd } else { ExportFormat::Raw };
                self.check_export(snapshot % live, format).await;
            }
            Step::Verify { snapshot } => self.check_verify(snapshot % live).await,
        }
    }
}

/// That the boundaries above are whole blocks.
const _: () = assert!(CHUNK.is_multiple_of(BLOCK) && LEAF.is_multiple_of(CHUNK));
