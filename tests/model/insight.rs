//! What is shown of random histories: tiles, changes of a range, pages of differences, freeable
//! bytes and costs, each against a slow count.

use std::collections::BTreeSet;

use engine::{DiffRequest, Granularity};
use harness::model::{BLOCK, Model};
use proptest::{collection::vec, prelude::*};
use shared::{Code, PriceSheet, SnapshotKind};

use crate::{
    history::config,
    steps::{Step, step},
    world::{Known, World},
};

fn run(sizes: &[u64], steps: &[Step], pick: u64) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let mut world = World::new(sizes).await;
        for &step in steps {
            Box::pin(world.step(step)).await;
        }
        for disk in 0..sizes.len() {
            // So that there is something to show.
            world.snap(disk).await;
            let count = world.known.iter().filter(|it| it.disk == disk).count();
            let start = pick as usize % count;
            world.check_tiles(disk, (0, count), &[0, 3, 4, 9]).await;
            world.check_tiles(disk, (start, count), &[1, 2, 5, 6]).await;
            world.check_tiles(disk, (start, start + 1), &[0, 3, 7, 8]).await;
            world.check_changes(disk, pick).await;
        }
        world.check_pages(pick).await;
        world.check_costs().await;
        Box::pin(world.check_freeable(pick)).await;
    });
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn every_history_is_shown_as_it_was(steps in vec(step(), 8..40), pick: u64) {
        run(&[3 << 20, (40 << 30) + 512], &steps, pick);
    }
}

impl World {
    /// Compares the history of a range with the models, neighbour by neighbour.
    async fn check_changes(&self, disk: usize, pick: u64) {
        let known: Vec<&Known> = self.known.iter().filter(|it| it.disk == disk).collect();
        let size = known[known.len() - 1].model.size();
        for range in [0..size, pick % size..size, 0..pick % size + 1, 300_000..300_001] {
            let name = format!("disk{disk}");
            let told = self.engine().changes(&name, range.clone(), None, None).await;
            let told = told.expect("a range has a history");
            assert_eq!(told.snapshot_count, known.len() as u64);
            let blocks = range.start / BLOCK..range.end.div_ceil(BLOCK);
            let mut before = Model::new(size);
            let mut expected = Vec::new();
            for known in &known {
                let differing = known.model.differing_from(&before);
                let inside = differing.into_iter().filter(|block| blocks.contains(block));
                let (zero, other): (Vec<u64>, Vec<u64>) =
                    inside.partition(|&it| known.model.block(it).iter().all(|&byte| byte == 0));
                if !zero.is_empty() || !other.is_empty() {
                    let (changed, cleared) = (other.len() as u64, zero.len() as u64);
                    expected.push((known.facts.id, changed * BLOCK, cleared * BLOCK));
                }
                before = known.model.clone();
            }
            let items = told.items.iter();
            let items = items.map(|it| (it.snapshot_id, it.changed_bytes, it.cleared_bytes));
            assert_eq!(items.collect::<Vec<_>>(), expected, "{range:?} of disk{disk}");
        }
    }

    /// Reads a difference in pages, of a window, and compares them to the whole.
    async fn check_pages(&self, pick: u64) {
        let target = &self.known[pick as usize % self.known.len()];
        let of_disk = self.known.iter().filter(|it| it.disk == target.disk);
        for (number, base) in of_disk.enumerate() {
            let granularity =
                if number % 2 == 0 { Granularity::Block } else { Granularity::Sector };
            let window = pick % target.model.size()..(pick >> 7) % (300 << 20);
            let mut expected = target.model.diff_from(&base.model, granularity.bytes());
            expected.retain_mut(|item| {
                let end = (item.offset_bytes + item.length_bytes).min(window.end);
                item.offset_bytes = item.offset_bytes.max(window.start);
                item.length_bytes = end.saturating_sub(item.offset_bytes);
                item.length_bytes > 0
            });
            let sum = |kind| {
                let of_kind = expected.iter().filter(|item| item.kind == kind);
                of_kind.map(|item| item.length_bytes).sum::<u64>()
            };
            let sums = (sum(shared::DiffKind::Changed), sum(shared::DiffKind::Cleared));
            let mut items = Vec::new();
            let mut request = DiffRequest {
                base: base.name.clone(),
                target: target.name.clone(),
                granularity,
                window: Some(window.clone()),
                limit: 3,
                cursor: None,
            };
            loop {
                let page = self.engine().diff_page(request.clone()).await.expect("a page");
                assert_eq!((page.changed_bytes, page.cleared_bytes), sums, "{request:?}");
                assert!(page.items.len() == 3 || page.next.is_none(), "{request:?}");
                items.extend(page.items);
                request.cursor = page.next;
                if request.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(items, expected, "{request:?}");
            let mut streamed = Vec::new();
            let each = &mut |item| streamed.push(item);
            let (base, target) = (&request.base, &request.target);
            let told = self.engine().diff(base, target, granularity, Some(window), each).await;
            let told = told.expect("a difference can be streamed");
            assert_eq!((told.changed_bytes, told.cleared_bytes), sums);
            assert_eq!(streamed, expected);
            request.cursor = Some("ffffffffffffffff.0.0".to_owned());
            let refused = self.engine().diff_page(request).await;
            let refused = refused.expect_err("the cursor lies past the disk's end");
            assert_eq!(refused.code(), Code::InvalidRequest);
        }
    }

    /// Checks that lines add up, and to what.
    async fn check_costs(&self) {
        let sheet = PriceSheet::azure_east_us();
        let costs = self.engine().costs(&sheet).await.expect("costs can be told");
        assert_eq!(self.engine().costs(&sheet).await.expect("and again").disks, costs.disks);
        let sum = |of: fn(&shared::CostFigures) -> u64| {
            let sum = costs.disks.iter().map(|line| of(&line.figures)).sum::<u64>();
            assert_eq!(of(&costs.total), sum);
            sum
        };
        assert_eq!(sum(|it| it.snapshot_count), self.known.len() as u64);
        let models = self.known.iter().map(|it| &it.model);
        assert_eq!(sum(|it| it.full_bytes), models.clone().map(Model::allocated).sum::<u64>());
        assert_eq!(sum(|it| it.provisioned_bytes), models.map(Model::size).sum::<u64>());
        let all: Vec<&Known> = self.known.iter().collect();
        let (incremental, full): (Vec<&Known>, Vec<&Known>) =
            all.into_iter().partition(|it| it.facts.kind == SnapshotKind::Incremental);
        let names: Vec<String> = incremental.iter().map(|it| it.name.clone()).collect();
        let alone = self.engine().freeable(&names).await.expect("a set can be weighed");
        let manifests: BTreeSet<String> =
            incremental.iter().map(|it| format!("manifests/{}.man", it.facts.id)).collect();
        let objects = self.place.objects().expect("the store can be listed");
        let manifests = objects
            .iter()
            .filter(|(name, _)| manifests.iter().any(|it| name.ends_with(it.as_str())))
            .map(|(_, length)| length);
        let stored = alone.exclusive_bytes
            + manifests.sum::<u64>()
            + full.iter().map(|it| it.facts.sizes.stored).sum::<u64>();
        assert_eq!(sum(|it| it.stored_bytes), stored);
        let last = costs.days.last().expect("there are snapshots");
        let stored = self.known.iter().map(|it| it.facts.sizes.stored);
        assert_eq!(last.stored_bytes, stored.sum::<u64>());
        assert_eq!(last.full_bytes, costs.total.full_bytes);
    }

    /// Deletes every other snapshot or so: what was told is what comes back.
    async fn check_freeable(&mut self, pick: u64) {
        self.gc().await;
        let chosen = (0..self.known.len()).filter(|at| pick >> (at % 64) & 1 == 1);
        let names: Vec<String> = chosen.map(|at| self.known[at].name.clone()).collect();
        let twice = [names.as_slice(), &names].concat();
        let told = self.engine().freeable(&twice).await.expect("a set can be weighed");
        let before = self.place.store_bytes().expect("the store can be listed");
        for name in &names {
            let at = self.known.iter().position(|it| it.name == *name);
            self.delete(at.expect("it is there")).await;
        }
        self.gc().await;
        let after = self.place.store_bytes().expect("the store can be listed");
        assert_eq!(told.freeable_bytes, before - after, "freeable bytes of {names:?}");
        assert!(told.exclusive_bytes <= told.freeable_bytes);
    }
}
