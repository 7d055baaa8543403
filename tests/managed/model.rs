//! Random histories of managed disks, beside an array of bytes for each disk and each snapshot.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use engine::{Engine, ExportFormat, Loss, NoProgress, Origin};
use harness::{
    image::{assert_same, differences},
    managed::{create, create_empty, dirty_bytes, read, read_range},
    place::{Place, take_kind},
    seeded::Seeded,
};
use proptest::{
    array::uniform3,
    collection::vec,
    prelude::*,
    test_runner::{Config, FileFailurePersistence},
};
use shared::{ByteSize, DiskPatch, Sku, SnapshotKind};

const START: u64 = (1 << 20) + 512;
const CHUNK: u64 = 256 << 10;
const DISKS: usize = 4;

/// One step; what it is about is counted round and round.
#[derive(Debug, Clone, Copy)]
enum Step {
    Write { disk: usize, at: u64, length: u64, seed: u64 },
    Gather { disk: usize, pieces: [(u64, u64); 3], seed: u64 },
    Clear { disk: usize, at: u64, length: u64 },
    Grow { disk: usize, by: u64 },
    Snapshot { disk: usize, kind: SnapshotKind, premium: bool },
    Create { snapshot: usize, larger: u64 },
    Detach { disk: usize },
    Delete { snapshot: usize },
    Collect,
    Reopen,
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    let disk = 0..DISKS;
    let length = prop_oneof![1..600_u64, 4000..9000_u64, Just(CHUNK), 1..700_000_u64];
    let at = prop_oneof![any::<u64>(), (0..300_u64).prop_map(|block| block * 4096)];
    let pieces = uniform3((at.clone(), length.clone()));
    let gather = (disk.clone(), pieces, any::<u64>());
    let write = (disk.clone(), at, length, any::<u64>());
    let kind = prop_oneof![4 => Just(SnapshotKind::Incremental), 1 => Just(SnapshotKind::Full)];
    prop_oneof![
        12 => write.clone().prop_map(|(disk, at, length, seed)| Step::Write { disk, at, length, seed }),
        4 => gather.prop_map(|(disk, pieces, seed)| Step::Gather { disk, pieces, seed }),
        3 => write.prop_map(|(disk, at, length, _)| Step::Clear { disk, at, length }),
        1 => (disk.clone(), 1..2000_u64).prop_map(|(disk, by)| Step::Grow { disk, by }),
        7 => (disk.clone(), kind, any::<bool>())
            .prop_map(|(disk, kind, premium)| Step::Snapshot { disk, kind, premium }),
        2 => (any::<usize>(), 0..3_u64).prop_map(|(snapshot, larger)| Step::Create { snapshot, larger }),
        1 => disk.prop_map(|disk| Step::Detach { disk }),
        3 => any::<usize>().prop_map(|snapshot| Step::Delete { snapshot }),
        2 => Just(Step::Collect),
        1 => Just(Step::Reopen),
        1 => Just(Step::Rebuild),
    ]
}

/// A disk: its bytes, and those of its newest snapshot.
#[derive(Debug, Clone)]
struct Twin {
    now: Vec<u8>,
    newest: Option<Vec<u8>>,
    reads_from: Option<String>,
}

struct World {
    place: Place,
    engine: Option<Engine>,
    disks: BTreeMap<String, Twin>,
    snapshots: Vec<(String, SnapshotKind, Vec<u8>)>,
    made: usize,
}

impl World {
    async fn new() -> Self {
        let place = Place::new(9).unwrap();
        let engine = Some(place.open().await.unwrap());
        let mut world =
            Self { place, engine, disks: BTreeMap::new(), snapshots: Vec::new(), made: 0 };
        world.create_empty().await;
        world
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn name(&mut self, kind: char) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }

    fn disk(&self, number: usize) -> String {
        self.disks.keys().nth(number % self.disks.len()).unwrap().clone()
    }

    async fn create_empty(&mut self) {
        let name = self.name('d');
        create_empty(self.engine(), &name, START).await.unwrap();
        let now = vec![0; START as usize];
        self.disks.insert(name, Twin { now, newest: None, reads_from: None });
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Write { disk, at, length, seed } => {
                self.write(disk, &[(at, Seeded::new(seed).bytes(length as usize))]).await;
            }
            Step::Gather { disk, pieces, seed } => {
                let noise = Seeded::new(seed);
                let pieces = pieces.map(|(at, length)| (at, noise.bytes(length as usize)));
                self.write(disk, &pieces).await;
            }
            Step::Clear { disk, at, length } => {
                self.write(disk, &[(at, vec![0; length as usize])]).await;
            }
            Step::Grow { disk, by } => {
                let name = self.disk(disk);
                let bytes = self.disks[&name].now.len() as u64 + by * 512;
                let size_bytes = Some(ByteSize::new(bytes).unwrap());
                let patch = DiskPatch { size_bytes, ..DiskPatch::default() };
                self.engine().update_disk(&name, patch).await.unwrap();
                self.disks.get_mut(&name).unwrap().now.resize(bytes as usize, 0);
            }
            Step::Snapshot { disk, kind, premium } => self.snapshot(disk, kind, premium).await,
            Step::Create { snapshot, larger } if self.disks.len() < DISKS => {
                self.create(snapshot, larger).await;
            }
            Step::Detach { disk } if self.disks.len() > 1 => {
                let name = self.disk(disk);
                self.engine().detach(&name, Loss::Accepted).await.unwrap();
                self.disks.remove(&name);
            }
            Step::Delete { snapshot } if !self.snapshots.is_empty() => self.delete(snapshot).await,
            Step::Collect => {
                let report = self.engine().gc().await.unwrap();
                let left: u64 = report.pools.iter().map(|pool| pool.bytes_after).sum();
                assert_eq!(self.place.store_bytes().unwrap(), left);
            }
            Step::Reopen | Step::Rebuild => {
                self.engine.take().unwrap().close().await;
                if matches!(step, Step::Rebuild) {
                    self.place.rebuild().await.unwrap();
                }
                self.engine = Some(self.place.open().await.unwrap());
            }
            Step::Create { .. } | Step::Detach { .. } | Step::Delete { .. } => {}
        }
    }

    async fn write(&mut self, disk: usize, pieces: &[(u64, Vec<u8>)]) {
        let name = self.disk(disk);
        let now = &mut self.disks.get_mut(&name).unwrap().now;
        let mut within = Vec::new();
        for (at, bytes) in pieces {
            let at = (at % now.len() as u64) as usize;
            let length = bytes.len().min(now.len() - at);
            now[at..at + length].copy_from_slice(&bytes[..length]);
            within.push((at as u64, Bytes::copy_from_slice(&bytes[..length])));
        }
        self.engine().write_disk_ranges(&name, &within).await.unwrap();
        let now = &self.disks[&name].now;
        for (at, bytes) in within {
            let from = at.saturating_sub(5000);
            let to = (at + bytes.len() as u64 + 5000).min(now.len() as u64);
            let found = read_range(self.engine(), &name, from, to - from).await.unwrap();
            assert_same(&found, &now[from as usize..to as usize], &name);
        }
    }

    async fn snapshot(&mut self, disk: usize, kind: SnapshotKind, premium: bool) {
        let (disk, name) = (self.disk(disk), self.name('s'));
        let premium = premium && kind == SnapshotKind::Full;
        let sku = if premium { Sku::PremiumLrs } else { Sku::StandardLrs };
        let taken = Box::pin(take_kind(self.engine(), &disk, &name, kind, Some(sku))).await;
        let sizes = taken.unwrap().snapshot.sizes;
        let twin = self.disks.get_mut(&disk).unwrap();
        let changes = differences(twin.newest.as_deref().unwrap_or_default(), &twin.now);
        let sum = |kind| {
            let of_kind = changes.iter().filter(|item| item.kind == kind);
            of_kind.map(|item| item.length_bytes.next_multiple_of(4096)).sum::<u64>()
        };
        assert_eq!(sizes.changed, sum(shared::DiffKind::Changed), "{name}: changed");
        assert_eq!(sizes.cleared, sum(shared::DiffKind::Cleared), "{name}: cleared");
        let blocks = twin.now.chunks(4096).filter(|block| block.iter().any(|&byte| byte != 0));
        assert_eq!(sizes.allocated, blocks.count() as u64 * 4096, "{name}: allocated");
        twin.newest = Some(twin.now.clone());
        if kind == SnapshotKind::Incremental {
            twin.reads_from = None;
        }
        self.snapshots.push((name, kind, twin.now.clone()));
        assert_eq!(dirty_bytes(&self.engine().disk(&disk).await.unwrap()), 0);
    }

    async fn create(&mut self, snapshot: usize, larger: u64) {
        if self.snapshots.is_empty() {
            return self.create_empty().await;
        }
        let disk = self.name('d');
        let (name, kind, bytes) = &self.snapshots[snapshot % self.snapshots.len()];
        let mut now = bytes.clone();
        now.resize(now.len() + larger as usize * 512, 0);
        let size = (larger > 0).then(|| ByteSize::new(now.len() as u64).unwrap());
        let origin = Origin::Snapshot { snapshot: name.clone(), size };
        create(self.engine(), &disk, origin).await.unwrap();
        let reads_from = (*kind == SnapshotKind::Full).then(|| name.clone());
        self.disks.insert(disk, Twin { now, newest: None, reads_from });
    }

    async fn delete(&mut self, snapshot: usize) {
        let number = snapshot % self.snapshots.len();
        let name = self.snapshots[number].0.clone();
        let used = self.disks.values().any(|twin| twin.reads_from.as_ref() == Some(&name));
        let deleted = self.engine().delete(&name).await;
        assert_eq!(deleted.is_err(), used, "{name}: {deleted:?}");
        if used {
            return;
        }
        self.snapshots.remove(number);
        // What the next one counts against is the newest that is left.
        let left = self.engine().snapshots(None).await.unwrap();
        for (disk, twin) in &mut self.disks {
            let newest = left.iter().rfind(|it| it.disk_name.as_str() == disk);
            twin.newest = newest.map(|newest| {
                let found = self.snapshots.iter().find(|it| it.0 == newest.name.as_str());
                found.unwrap().2.clone()
            });
        }
    }

    async fn check_all(&self) {
        for (name, twin) in &self.disks {
            assert_same(&read(self.engine(), name).await.unwrap(), &twin.now, name);
        }
        for (name, _, bytes) in &self.snapshots {
            let file = self.place.path("out.img");
            let (format, progress) = (ExportFormat::Raw, Arc::new(NoProgress));
            self.engine().export(name, &file, format, progress).await.unwrap();
            assert_same(&std::fs::read(&file).unwrap(), bytes, name);
        }
    }
}

fn config() -> Config {
    let long = std::env::var_os("SKIKT_LONG").is_some();
    Config {
        cases: if long { 800 } else { 24 },
        max_shrink_iters: 300,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/managed/model.proptest-regressions"
        )))),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_history_of_managed_disks_is_given_back_exactly(steps in vec(step(), 8..50)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for &step in &steps {
                Box::pin(world.step(step)).await;
            }
            world.check_all().await;
        });
    }
}
