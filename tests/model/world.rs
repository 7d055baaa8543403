//! Disks and their snapshots beside the models of what they must be.

use std::{collections::BTreeMap, fs, sync::Arc};

use engine::{Changing, Engine, ExportFormat, Granularity, ImageSource, NoProgress, Reach};
use harness::{
    model::{Image, Model},
    place::{Place, attach, files_below, take_kind},
};
use shared::{GcReport, Sku, Snapshot, SnapshotKind};

/// A snapshot that must be there.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) disk: usize,
    pub(crate) model: Model,
    pub(crate) facts: Snapshot,
}

/// A data directory, the disks attached to it, and what is known of its snapshots.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) place: Place,
    engine: Option<Engine>,
    pub(crate) disks: Vec<Image>,
    pub(crate) known: Vec<Known>,
    taken: usize,
}

impl World {
    /// Opens a new data directory and attaches disks of zeros of these sizes.
    pub(crate) async fn new(sizes: &[u64]) -> Self {
        let place = Place::new(7).expect("a temporary folder can be made");
        let engine = place.open().await.expect("a new data directory opens");
        let mut disks = Vec::new();
        for (number, &size) in sizes.iter().enumerate() {
            let name = format!("disk{number}");
            let image = Image::create(place.path(&name), size).expect("an image can be made");
            attach(&engine, &name, image.path()).await.expect("an image can be attached");
            disks.push(image);
        }
        Self { place, engine: Some(engine), disks, known: Vec::new(), taken: 0 }
    }

    pub(crate) const fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it is open between two steps")
    }

    pub(crate) const fn disk(&mut self, disk: usize) -> &mut Image {
        &mut self.disks.as_mut_slice()[disk]
    }

    /// Takes a snapshot and checks its sizes by a slow count.
    pub(crate) async fn take(&mut self, disk: usize, kind: SnapshotKind, sku: Sku) -> &Known {
        let name = format!("s{}", self.taken);
        self.taken += 1;
        let before = self.place.store_bytes().expect("the store can be listed");
        let disk_name = format!("disk{disk}");
        let taken = Box::pin(take_kind(self.engine(), &disk_name, &name, kind, Some(sku))).await;
        let facts = taken.expect("a snapshot can be taken").snapshot;
        let stored = self.place.store_bytes().expect("the store can be listed") - before;
        let model = self.disks[disk].model().clone();
        let previous = self.known.iter().rfind(|it| it.disk == disk);
        let nothing = Model::new(model.size());
        let counts = model.counts_from(previous.map_or(&nothing, |it| &it.model));
        let sizes = facts.sizes;
        assert_eq!(sizes.provisioned.bytes(), model.size(), "{name}: provisioned");
        assert_eq!(sizes.allocated, model.allocated(), "{name}: allocated");
        assert_eq!(sizes.changed, counts.changed, "{name}: changed");
        assert_eq!(sizes.cleared, counts.cleared, "{name}: cleared");
        assert_eq!(sizes.stored, stored, "{name}: stored");
        for other in &self.known {
            let same = other.facts.digest == facts.digest;
            assert_eq!(same, other.model == model, "digests of {name} and {}", other.name);
        }
        self.known.push(Known { name, disk, model, facts });
        &self.known[self.known.len() - 1]
    }

    /// Takes an incremental snapshot.
    pub(crate) async fn snap(&mut self, disk: usize) -> &Known {
        Box::pin(self.take(disk, SnapshotKind::Incremental, Sku::StandardLrs)).await
    }

    /// Compares the difference of two snapshots of one disk to a slow one.
    pub(crate) async fn check_diff(&self, base: usize, target: usize, unit: Granularity) {
        let (base, target) = (&self.known[base], &self.known[target]);
        let told = self.engine().diff_items(&base.name, &target.name, unit).await;
        let what = format!("{} to {} by {}", base.name, target.name, unit.bytes());
        let told = told.unwrap_or_else(|error| panic!("diff of {what}: {error}"));
        assert_eq!(told.items, target.model.diff_from(&base.model, unit.bytes()), "{what}");
        assert_eq!(told.granularity_bytes, unit.bytes());
        assert_eq!(told.base.size_bytes.bytes(), base.model.size());
        assert_eq!(told.target.size_bytes.bytes(), target.model.size());
    }

    /// Exports a snapshot and compares every byte.
    pub(crate) async fn check_export(&self, snapshot: usize, format: ExportFormat) {
        let Known { name, model, facts, .. } = &self.known[snapshot];
        let file = self.place.path("out.img");
        let length = self.engine().export(name, &file, format, Arc::new(NoProgress)).await;
        let length = length.unwrap_or_else(|error| panic!("export of {name}: {error}"));
        assert_eq!(fs::metadata(&file).expect("the export is there").len(), length);
        let read = match format {
            ExportFormat::Raw | ExportFormat::Vhd => Model::read(&file, model.size()),
            ExportFormat::VhdDynamic | ExportFormat::Qcow2 | ExportFormat::Vhdx => {
                let source = ImageSource::open(&file, Changing::Refused, &Reach::Anywhere);
                Model::of(&source.unwrap_or_else(|error| panic!("{name} as {format}: {error}")))
            }
        };
        let read = read.expect("the export can be read");
        assert!(read == *model, "{name} is exported as {format} with other bytes");
        match format {
            ExportFormat::Raw => assert_eq!(length, model.size()),
            ExportFormat::Vhd => {
                assert_eq!(length, model.size() + 512);
                let file = fs::File::open(&file).expect("the export opens");
                let mut footer = [0; 512];
                std::os::unix::fs::FileExt::read_exact_at(&file, &mut footer, model.size())
                    .expect("the footer is there");
                assert_eq!(footer[..8], *b"conectix");
                let size: [u8; 8] = footer[48..56].try_into().expect("eight bytes are eight bytes");
                assert_eq!(size.map(u64::from).iter().fold(0, |n, b| n << 8 | b), model.size());
                assert_eq!(footer[68..84], facts.digest.0[..16]);
            }
            ExportFormat::VhdDynamic | ExportFormat::Qcow2 | ExportFormat::Vhdx => {}
        }
    }

    /// Verifies a snapshot, which must be whole.
    pub(crate) async fn check_verify(&self, snapshot: usize) {
        let Known { name, model, .. } = &self.known[snapshot];
        let report = self.engine().verify(name, Arc::new(NoProgress)).await;
        let report = report.unwrap_or_else(|error| panic!("verify of {name}: {error}"));
        assert_eq!(report.damage, [], "{name}");
        assert_eq!(report.verified_bytes, model.allocated(), "{name}");
    }

    /// Compares the list of all snapshots to what is known.
    pub(crate) async fn check_list(&self) {
        let mut told = self.engine().snapshots(None).await.expect("snapshots can be listed");
        let mut known: Vec<_> = self.known.iter().map(|it| it.facts.clone()).collect();
        told.sort_by_key(|it| it.id);
        known.sort_by_key(|it| it.id);
        assert_eq!(told, known);
        let disks = self.engine().disks().await.expect("disks can be listed");
        assert_eq!(disks.len(), self.disks.len());
        for (number, disk) in disks.iter().enumerate() {
            let count = self.known.iter().filter(|it| it.disk == number).count();
            assert_eq!(disk.snapshot_count, count as u64, "{}", disk.name);
        }
    }

    /// Checks everything that there is.
    pub(crate) async fn check_all(&self) {
        self.check_list().await;
        for at in 0..self.known.len() {
            self.check_verify(at).await;
            self.check_export(at, ExportFormat::Raw).await;
            let mut others =
                vec![ExportFormat::VhdDynamic, ExportFormat::Qcow2, ExportFormat::Vhdx];
            others.retain(|it| self.known[at].model.size() <= it.largest().bytes());
            self.check_export(at, others[at % others.len()]).await;
        }
        for (at, known) in self.known.iter().enumerate() {
            let earlier = self.known[..at].iter().rposition(|it| it.disk == known.disk);
            if let Some(earlier) = earlier {
                self.check_diff(earlier, at, Granularity::Block).await;
                self.check_diff(at, earlier, Granularity::Sector).await;
            }
        }
    }

    /// Deletes a snapshot.
    pub(crate) async fn delete(&mut self, snapshot: usize) {
        let known = self.known.remove(snapshot);
        self.engine().delete(&known.name).await.expect("a snapshot can be deleted");
    }

    /// Collects garbage; the plan, the report and the files must tell the same.
    pub(crate) async fn gc(&self) -> GcReport {
        let engine = self.engine();
        let planned = engine.gc_plan().await.expect("a collection can be planned");
        let before = self.pool_bytes();
        let mut report = engine.gc().await.expect("garbage can be collected");
        let after = self.pool_bytes();
        for pool in &report.pools {
            let folder = pool.pool.to_string();
            assert_eq!(Some(&pool.bytes_before), before.get(&folder), "{folder} before");
            assert_eq!(Some(&pool.bytes_after), after.get(&folder), "{folder} after");
        }
        let again = engine.gc_plan().await.expect("a collection can be planned");
        assert_eq!(again.freed_bytes, 0, "what is left to collect after a collection");
        report.applied = false;
        assert_eq!(planned, report);
        report
    }

    /// Deletes a snapshot and collects garbage: what it said it would free is what it freed.
    pub(crate) async fn delete_and_collect(&mut self, snapshot: usize) {
        self.gc().await;
        let name = self.known[snapshot].name.clone();
        let told = self.engine().snapshot(&name).await.expect("a snapshot can be looked up");
        let before = self.place.store_bytes().expect("the store can be listed");
        self.delete(snapshot).await;
        self.gc().await;
        let after = self.place.store_bytes().expect("the store can be listed");
        assert_eq!(told.freeable_bytes, Some(before - after), "freeable bytes of {name}");
        assert!(told.exclusive_bytes <= told.freeable_bytes, "exclusive bytes of {name}");
    }

    /// Length of all objects of each pool.
    fn pool_bytes(&self) -> BTreeMap<String, u64> {
        let mut pools = BTreeMap::new();
        for (name, length) in files_below(&self.place.store()).expect("the store can be listed") {
            let pool: Vec<&str> = name.split('/').take(2).collect();
            *pools.entry(pool.join("/")).or_insert(0) += length;
        }
        pools
    }

    /// Closes the engine, as the end of a command does.
    pub(crate) async fn close(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.close().await;
        }
    }

    /// Opens the data directory again.
    pub(crate) async fn open(&mut self) {
        self.engine = Some(self.place.open().await.expect("the data directory opens again"));
    }
}
