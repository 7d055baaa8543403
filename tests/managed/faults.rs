//! A fault at every call of the store, whatever is done to a managed disk: what was acknowledged
//! stays, and life goes on.

use std::sync::Arc;

use engine::{Error, Loss, NoProgress};
use harness::{
    fault::{Fault, FaultOpener, Faults},
    image::assert_same,
    managed::{create_empty, create_from, exported, read, write},
    place::{Place, QuickOpener, copy_folder, take, take_kind},
    seeded::Seeded,
};
use shared::SnapshotKind;

const SIZE: u64 = (1 << 20) + 512;

/// What befalls a managed disk while the store fails.
#[derive(Debug, Clone, Copy)]
enum Act {
    Create,
    Copy,
    Write,
    Incremental,
    Full,
    Grow,
    Detach,
}

/// What the disks hold before and after an act.
struct Stage {
    place: Place,
    bytes: Vec<u8>,
}

impl Stage {
    async fn new() -> Self {
        let place = Place::new(3).unwrap();
        let engine = place.open().await.unwrap();
        create_empty(&engine, "db", SIZE).await.unwrap();
        let noise = Seeded::new(3);
        write(&engine, "db", 0, &noise.bytes(600_000)).await.unwrap();
        Box::pin(take(&engine, "db", "first")).await.unwrap();
        write(&engine, "db", 300_001, &noise.bytes(20_000)).await.unwrap();
        let bytes = read(&engine, "db").await.unwrap();
        engine.close().await;
        Self { place, bytes }
    }

    fn copy(&self, seed: u64) -> Place {
        let place = Place::new(seed).unwrap();
        copy_folder(&self.place.data(), &place.data()).unwrap();
        place
    }

    async fn perform(&self, act: Act, place: &Place, faults: &Arc<Faults>) -> Result<(), Error> {
        let inner = Arc::new(QuickOpener);
        let opener = Arc::new(FaultOpener { inner, faults: Arc::clone(faults) });
        let engine = place.open_with(opener).await?;
        match act {
            Act::Create => drop(create_empty(&engine, "new", SIZE).await?),
            Act::Copy => drop(create_from(&engine, "new", "first").await?),
            Act::Write => write(&engine, "db", 100_001, &[5; 10]).await?,
            Act::Incremental => drop(Box::pin(take(&engine, "db", "second")).await?),
            Act::Full => {
                let kind = SnapshotKind::Full;
                Box::pin(take_kind(&engine, "db", "second", kind, None)).await?;
            }
            Act::Grow => {
                let size_bytes = Some(shared::ByteSize::new(2 * SIZE).unwrap());
                let patch = shared::DiskPatch { size_bytes, ..shared::DiskPatch::default() };
                engine.update_disk("db", patch).await?;
            }
            Act::Detach => drop(engine.detach("db", Loss::Accepted).await?),
        }
        engine.close().await;
        Ok(())
    }

    /// Whatever came of the act, the disk is whole, and life goes on.
    async fn check(&self, act: Act, done: bool, place: &Place, what: &str) {
        let engine = place.open().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let disks: Vec<_> = engine.disks().await.unwrap();
        let find = |name: &str| disks.iter().find(|disk| disk.name.as_str() == name);
        let mut expected = self.bytes.clone();
        if let Some(disk) = find("db") {
            assert!(!(done && matches!(act, Act::Detach)), "{what}: detached, and there");
            let grown = disk.size_bytes.bytes() == 2 * SIZE;
            assert!(grown || !(done && matches!(act, Act::Grow)), "{what}: grown, and not");
            expected.resize(disk.size_bytes.bytes() as usize, 0);
            let found = read(&engine, "db").await.unwrap_or_else(|it| panic!("{what}: {it}"));
            if done && matches!(act, Act::Write) || found[100_001] == 5 {
                expected[100_001..100_011].fill(5);
            }
            assert_same(&found, &expected, what);
            write(&engine, "db", 700_000, &[6; 5000]).await.unwrap();
            expected[700_000..705_000].fill(6);
            let taken = Box::pin(take(&engine, "db", "next")).await;
            taken.unwrap_or_else(|error| panic!("{what}: next: {error}"));
            assert_same(&exported(&engine, place, "next").await.unwrap(), &expected, what);
        } else {
            assert!(matches!(act, Act::Detach), "{what}: the disk is gone");
        }
        let made = find("new").is_some();
        assert!(made || !(done && matches!(act, Act::Create | Act::Copy)), "{what}: not made");
        if made {
            write(&engine, "new", SIZE / 5, &[1; 100]).await.unwrap();
        }
        for snapshot in engine.snapshots(None).await.unwrap() {
            let report = engine.verify(snapshot.name.as_str(), Arc::new(NoProgress)).await;
            assert_eq!(report.unwrap().damage, [], "{what}");
            engine.delete(snapshot.name.as_str()).await.unwrap();
        }
        engine.gc().await.unwrap_or_else(|error| panic!("{what}: gc: {error}"));
        if find("db").is_some() {
            assert_same(&read(&engine, "db").await.unwrap(), &expected, what);
        }
        let folders = std::fs::read_dir(place.data().join("disks")).unwrap().count();
        assert_eq!(folders, disks.len(), "{what}: folders");
        engine.close().await;
    }
}

async fn sweep(fault: Fault) {
    let stage = Stage::new().await;
    for act in
        [Act::Create, Act::Copy, Act::Write, Act::Incremental, Act::Full, Act::Grow, Act::Detach]
    {
        let faults = Faults::none();
        let place = stage.copy(0);
        Box::pin(stage.perform(act, &place, &faults)).await.unwrap();
        Box::pin(stage.check(act, true, &place, &format!("{act:?} without a fault"))).await;
        for (number, call) in faults.calls().into_iter().enumerate() {
            if !fault.befalls(call) {
                continue;
            }
            let seed = number as u64 + 1;
            let place = stage.copy(seed);
            let faults = Faults::at(number as u64, fault, seed);
            let performed = faults.run(Box::pin(stage.perform(act, &place, &faults))).await;
            let done = matches!(performed, Some(Ok(())));
            let what = format!("{act:?}, {fault:?} at call {number} ({call:?})");
            Box::pin(stage.check(act, done, &place, &what)).await;
        }
    }
}

#[tokio::test]
async fn an_error_at_any_call_of_the_store_leaves_every_disk_whole() {
    Box::pin(sweep(Fault::Error)).await;
}

#[tokio::test]
async fn an_answer_lost_at_any_call_of_the_store_leaves_every_disk_whole() {
    Box::pin(sweep(Fault::LostAck)).await;
}

#[tokio::test]
async fn a_death_before_any_call_of_the_store_leaves_every_disk_whole() {
    Box::pin(sweep(Fault::Die)).await;
}

#[tokio::test]
async fn a_death_after_any_change_of_the_store_leaves_every_disk_whole() {
    Box::pin(sweep(Fault::DieAfter)).await;
}

#[tokio::test]
async fn a_full_store_at_any_change_leaves_every_disk_whole() {
    Box::pin(sweep(Fault::NoSpace)).await;
}
