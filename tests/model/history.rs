//! Random histories of two disks, each step checked by the model.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, FileFailurePersistence},
};

use crate::{
    steps::{Step, step},
    world::World,
};

/// How often a property is tried: more when somebody has the time.
pub(crate) fn config(cases: u32) -> Config {
    let long = std::env::var_os("SKIKT_LONG").is_some();
    Config {
        cases: if long { cases * 40 } else { cases },
        max_shrink_iters: 400,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/model/history.proptest-regressions"
        )))),
        ..Config::default()
    }
}

fn run(sizes: &[u64], steps: &[Step]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let mut world = World::new(sizes).await;
        for &step in steps {
            Box::pin(world.step(step)).await;
        }
        world.check_all().await;
        Box::pin(world.take_all_down()).await;
    });
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn every_history_of_two_disks_is_told_and_given_back_exactly(
        steps in vec(step(), 8..60),
    ) {
        run(&[3 << 20, (128 << 20) + 512], &steps);
    }
}

impl World {
    /// Deletes all there is; nothing but the records and the zones' own files may remain.
    async fn take_all_down(&mut self) {
        while !self.known.is_empty() {
            self.delete(self.known.len() / 2).await;
        }
        self.gc().await;
        let left = self.place.objects().expect("the store can be listed");
        let kept = |name: &str| name.ends_with("/zone.json") || name.contains("/records/");
        let orphans: Vec<_> = left.iter().filter(|(name, _)| !kept(name)).collect();
        assert!(orphans.is_empty(), "left behind: {orphans:?}");
    }
}
