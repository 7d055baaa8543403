//! Four days of four small disks, looked at through the engine.

use std::{collections::BTreeMap, ops::Range, path::Path, process::Command, sync::Arc};

use backend::demo::{self, Outcome, Scale};
use engine::{Engine, Granularity, NoProgress, Options};
use harness::{place::QuickOpener, seeded::Seeded};
use jiff::Timestamp;
use shared::{DiffItem, Snapshot};

/// From a Saturday to the noon of a Wednesday: a weekend, an update, a vacuum, a bulk load.
const SCALE: Scale = Scale { days: 4, shrink: 16 };
const END: &str = "2026-11-04T12:00:00Z";

/// The disks' size at that scale.
const DATABASE: u64 = 64 << 20;
const LOGS: Range<u64> = 32 << 20..64 << 20;

fn options() -> Options {
    let random = Arc::new(Seeded::new(1));
    Options { opener: Arc::new(QuickOpener), random, ..Options::default() }
}

/// Prepares a demo in memory where that can be had.
async fn prepare() -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.expect("a folder can be made");
    let end: Timestamp = END.parse().expect("a time");
    let stopped = || false;
    let mut told = Vec::new();
    let mut tell = |line: &str| told.push(line.to_owned());
    let prepared = demo::prepare(folder.path(), SCALE, end, options(), &mut tell, &stopped);
    assert_eq!(Box::pin(prepared).await.expect("a demo"), Outcome::Prepared);
    assert!(told.iter().any(|line| line.contains("22 snapshots")), "{told:?}");
    let engine = Engine::open(folder.path(), options()).await.expect("what was prepared");
    (folder, engine)
}

/// A disk's snapshots, oldest first.
async fn of(engine: &Engine, disk: &str) -> Vec<Snapshot> {
    engine.snapshots(Some(disk)).await.expect("the disk's snapshots")
}

/// What changed between two snapshots.
async fn changes(engine: &Engine, base: &Snapshot, target: &Snapshot) -> Vec<DiffItem> {
    let (base, target) = (base.id.to_string(), target.id.to_string());
    let diff = engine.diff_items(&base, &target, Granularity::Block).await;
    diff.expect("two snapshots of one disk").items
}

/// How many of the changed bytes lie in a part of the disk.
fn within(items: &[DiffItem], part: &Range<u64>) -> u64 {
    let ends = |item: &DiffItem| (item.offset_bytes, item.offset_bytes + item.length_bytes);
    items
        .iter()
        .map(|item| {
            let (start, end) = ends(item);
            end.min(part.end).saturating_sub(start.max(part.start))
        })
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn four_days_are_lived_as_they_are_told() {
    let (folder, engine) = prepare().await;
    let mut counts = BTreeMap::new();
    for snapshot in engine.snapshots(None).await.unwrap() {
        *counts.entry(snapshot.disk_name.to_string()).or_insert(0) += 1;
        let report = engine.verify(&snapshot.id.to_string(), Arc::new(NoProgress)).await.unwrap();
        assert_eq!(report.damage, [], "{}", snapshot.name);
        assert!(snapshot.created_at < END.parse().unwrap(), "{}", snapshot.name);
        let time = snapshot.created_at.strftime("%Y-%m-%d-%H%M").to_string();
        assert!(snapshot.name.as_str().contains(&time), "{} at {time}", snapshot.name);
    }
    let counts: Vec<_> = counts.iter().map(|(disk, &count)| (disk.as_str(), count)).collect();
    assert_eq!(counts, [("archive", 1), ("shop-db", 9), ("shop-logs", 5), ("web-os", 7)]);
    check_file_systems(folder.path());
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heatmap_shows_what_each_disk_is() {
    let (_folder, engine) = prepare().await;

    let database = of(&engine, "shop-db").await;
    let (first, last) = (&database[0], &database[database.len() - 1]);
    let items = changes(&engine, first, last).await;
    // The layout: the log from a 32nd on, the index from an eighth on, rows from a quarter on.
    let ring = DATABASE / 32..DATABASE / 32 + DATABASE / 64;
    let index = DATABASE / 8..DATABASE / 8 + DATABASE / 16;
    let heap = DATABASE / 4..DATABASE;
    let all = within(&items, &(0..DATABASE));
    let control = within(&items, &(0..4096));
    let parts = [&ring, &index, &heap].map(|part| within(&items, part));
    assert_eq!(parts.iter().sum::<u64>() + control, all, "nothing changes in the gaps");
    assert!(parts.iter().all(|&part| part > 0), "{parts:?}");
    // Old rows are cold; the index, of an eighth of the heap's size, is hot.
    let share = |part: &Range<u64>| within(&items, part) as f64 / (part.end - part.start) as f64;
    let cold = share(&(heap.start..heap.start + (5 << 20)));
    let hot = share(&(index.start..index.start + (1 << 20)));
    assert!(cold < 0.1 && hot > 2.0 * cold, "{cold} of the cold rows, {hot} of the index");

    let logs = of(&engine, "shop-logs").await;
    let sizes: Vec<_> = logs.iter().map(|it| it.sizes.provisioned.bytes()).collect();
    assert_eq!(sizes, [LOGS.start, LOGS.start, LOGS.start, LOGS.end, LOGS.end]);
    let mut front = 0;
    for pair in logs.windows(2) {
        let items = changes(&engine, &pair[0], &pair[1]).await;
        // But for the table of files, each day's change is one run behind the one before.
        let [table, run] = items.as_slice() else { panic!("{items:?}") };
        assert_eq!((table.offset_bytes, table.length_bytes), (0, 4096));
        assert!(run.offset_bytes + 4096 >= front, "{items:?}");
        front = run.offset_bytes + run.length_bytes;
    }

    let system = of(&engine, "web-os").await;
    let named = |what: &str| system.iter().position(|it| it.name.as_str().ends_with(what)).unwrap();
    let update = &system[named("after-update")];
    assert_eq!(update.base_id, Some(system[named("before-update")].id));
    let daily = system[1..].iter().filter(|it| it.id != update.id);
    assert!(daily.map(|it| it.sizes.changed).max().unwrap() < update.sizes.changed);
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_disks() {
    let (one, another) = (prepare().await, prepare().await);
    let digests = async |engine: &Engine| -> Vec<_> {
        let snapshots = engine.snapshots(None).await.unwrap();
        snapshots.into_iter().map(|it| (it.name, it.digest)).collect()
    };
    assert_eq!(digests(&one.1).await, digests(&another.1).await);
    one.1.close().await;
    another.1.close().await;
}

/// Asks `e2fsck`, where it is, whether both file systems are clean.
fn check_file_systems(folder: &Path) {
    for disk in ["web-os", "archive"] {
        let image = folder.join(format!("images/{disk}.img"));
        let Ok(output) = Command::new("/usr/sbin/e2fsck").arg("-fn").arg(image).output() else {
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
