//! A short life of a data directory, cut into acts, and what must hold after each, come what may.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use engine::{Engine, Error, ExportFormat, NoProgress};
use harness::{
    model::{Image, Model},
    place::{Place, attach, copy_folder, take, take_kind},
    seeded::Seeded,
};
use shared::{Sku, SnapshotKind};

const SIZE: u64 = (1 << 20) + 1536;

/// What is done to the data directory while the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Open,
    Attach,
    First,
    Incremental,
    Full,
    DeleteIncremental,
    DeleteFull,
    Collect,
    Rebuild,
}

impl Act {
    pub(crate) const ALL: [Self; 9] = [
        Self::Open,
        Self::Attach,
        Self::First,
        Self::Incremental,
        Self::Full,
        Self::DeleteIncremental,
        Self::DeleteFull,
        Self::Collect,
        Self::Rebuild,
    ];
}

/// Which snapshots must be there, and which may.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    attached: bool,
    must: BTreeMap<String, Model>,
    may: BTreeMap<String, Model>,
}

/// A data directory just before an act, to be copied for every try.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) act: Act,
    place: Place,
    pub(crate) ledger: Ledger,
    now: Model,
}

/// The image's content, changed `rounds` times.
fn content(rounds: u64) -> Model {
    let mut model = Model::new(SIZE);
    let noise = Seeded::new(11);
    model.write(0, &noise.bytes(600 << 10));
    for _ in 0..rounds {
        model.write(noise.below(130) * 4096, &noise.bytes(512));
        model.write((1 << 20) - 512, &noise.bytes(2048));
        model.clear(300 << 10, 8192);
    }
    model
}

impl Stage {
    /// Plays all that comes before an act, with a healthy store.
    pub(crate) async fn before(act: Act) -> Result<Self, Error> {
        let place = Place::new(3).expect("a temporary folder can be made");
        let mut stage = Self { act, place, ledger: Ledger::default(), now: content(0) };
        let past = Act::ALL.iter().position(|&it| it == act).unwrap_or_default();
        for &act in &Act::ALL[..past] {
            let mut image = stage.image();
            stage.now = content(act as u64);
            image.become_model(&stage.now).expect("an image can be written");
            let engine = stage.place.open().await?;
            let mut ledger = stage.ledger.clone();
            let path = stage.place.path("disk.img");
            Box::pin(perform(act, &path, &engine, &stage.now, &mut ledger)).await?;
            stage.ledger = ledger;
            engine.close().await;
        }
        stage.now = content(act as u64);
        Ok(stage)
    }

    /// The disk's record has the image's path, so every try uses this one.
    fn image(&self) -> Image {
        let path = self.place.path("disk.img");
        let _ = std::fs::remove_file(&path);
        Image::create(path, SIZE).expect("an image can be made")
    }

    /// A copy of the data directory, to try the act on, with the image as the act finds it.
    pub(crate) fn copy(&self, seed: u64) -> Place {
        let place = Place::new(seed).expect("a temporary folder can be made");
        if self.place.data().exists() {
            copy_folder(&self.place.data(), &place.data()).expect("a folder can be copied");
        }
        self.image().become_model(&self.now).expect("an image can be written");
        place
    }

    /// Does the act; says in the ledger what it acknowledged.
    pub(crate) async fn perform(
        &self,
        place: &Place,
        opener: Arc<dyn engine::StoreOpener>,
        ledger: &mut Ledger,
    ) -> Result<(), Error> {
        if self.act == Act::Rebuild {
            let options = engine::Options { opener, ..place.options().clone() };
            Engine::rebuild(&place.data(), options).await?;
            return Ok(());
        }
        let engine = place.open_with(opener).await?;
        let image = self.place.path("disk.img");
        let done = Box::pin(perform(self.act, &image, &engine, &self.now, ledger)).await;
        if done.is_ok() {
            engine.close().await;
        }
        done
    }

    /// Opens the data directory with a healthy store and checks all that must hold.
    pub(crate) async fn check(&self, place: &Place, ledger: &Ledger, what: &str) {
        let image = self.place.path("disk.img");
        let engine = place.open().await.unwrap_or_else(|error| panic!("{what}: open: {error}"));
        let mut ledger = ledger.clone();
        // What was under way is whole or absent.
        let there = listed(&engine).await;
        for (name, model) in std::mem::take(&mut ledger.may) {
            if there.contains_key(&name) {
                ledger.must.insert(name, model);
            }
        }
        check_whole(&engine, place, &ledger, what).await;
        // Life goes on: attach, snapshot, collect.
        match attach(&engine, "web", &image).await {
            Ok(_) if ledger.attached => panic!("{what}: an acknowledged disk is gone"),
            Ok(_) | Err(Error::DiskNameTaken(_)) => {}
            Err(error) => panic!("{what}: attach: {error}"),
        }
        let next = content(20);
        self.image().become_model(&next).expect("an image can be written");
        let taken = Box::pin(take(&engine, "web", "next")).await;
        taken.unwrap_or_else(|error| panic!("{what}: next: {error}"));
        ledger.must.insert("next".to_owned(), next);
        engine.gc().await.unwrap_or_else(|error| panic!("{what}: gc: {error}"));
        check_whole(&engine, place, &ledger, what).await;
        let before = listed(&engine).await;
        engine.close().await;
        // The store alone tells the same.
        let report = place.rebuild().await.unwrap_or_else(|it| panic!("{what}: rebuild: {it}"));
        assert_eq!(report.unreadable, [""; 0], "{what}");
        assert_eq!(report.packs_indexed, 0, "{what}: a pack that no segment named after gc");
        let engine = place.open().await.unwrap_or_else(|error| panic!("{what}: open: {error}"));
        assert_eq!(listed(&engine).await, before, "{what}: after a rebuild");
        // With all snapshots gone, whatever is left is an orphan.
        for name in before.keys() {
            engine.delete(name).await.unwrap_or_else(|it| panic!("{what}: delete {name}: {it}"));
        }
        engine.gc().await.unwrap_or_else(|error| panic!("{what}: last gc: {error}"));
        engine.close().await;
        let kept = |name: &str| name.ends_with("/zone.json") || name.contains("/records/");
        let mut left = place.objects().expect("the store can be listed");
        left.retain(|(name, _)| !kept(name));
        assert_eq!(left, [], "{what}: orphans");
    }
}

/// Every snapshot's name and digest.
async fn listed(engine: &Engine) -> BTreeMap<String, shared::Digest> {
    let all = engine.snapshots(None).await.expect("snapshots can be listed");
    all.into_iter().map(|it| (it.name.to_string(), it.digest)).collect()
}

/// Exports and verifies every snapshot that must be there; there are no others.
async fn check_whole(engine: &Engine, place: &Place, ledger: &Ledger, what: &str) {
    let there = listed(engine).await;
    assert!(there.keys().eq(ledger.must.keys()), "{what}: {there:?}, not {:?}", ledger.must.keys());
    for (name, model) in &ledger.must {
        let file = place.path("out.img");
        let exported = engine.export(name, &file, ExportFormat::Raw, Arc::new(NoProgress)).await;
        exported.unwrap_or_else(|error| panic!("{what}: export of {name}: {error}"));
        let read = Model::read(&file, model.size()).expect("the export can be read");
        assert!(read == *model, "{what}: {name} has other bytes");
        let report = engine.verify(name, Arc::new(NoProgress)).await;
        let report = report.unwrap_or_else(|error| panic!("{what}: verify of {name}: {error}"));
        assert_eq!(report.damage, [], "{what}: {name}");
    }
}

async fn perform(
    act: Act,
    image: &Path,
    engine: &Engine,
    now: &Model,
    ledger: &mut Ledger,
) -> Result<(), Error> {
    match act {
        Act::Open | Act::Rebuild => {}
        Act::Attach => {
            attach(engine, "web", image).await?;
            ledger.attached = true;
        }
        Act::First | Act::Incremental => {
            let name = if act == Act::First { "first" } else { "second" };
            ledger.may.insert(name.to_owned(), now.clone());
            take(engine, "web", name).await?;
            ledger.may.remove(name);
            ledger.must.insert(name.to_owned(), now.clone());
        }
        Act::Full => {
            ledger.may.insert("full".to_owned(), now.clone());
            let (kind, sku) = (SnapshotKind::Full, Some(Sku::PremiumLrs));
            take_kind(engine, "web", "full", kind, sku).await?;
            ledger.may.remove("full");
            ledger.must.insert("full".to_owned(), now.clone());
        }
        Act::DeleteIncremental | Act::DeleteFull => {
            let name = if act == Act::DeleteFull { "full" } else { "first" };
            if let Some(model) = ledger.must.remove(name) {
                ledger.may.insert(name.to_owned(), model);
            }
            engine.delete(name).await?;
            ledger.may.remove(name);
        }
        Act::Collect => {
            engine.gc().await?;
        }
    }
    Ok(())
}
