//! Many snapshots: the index stays small, and each of them can be read.

use std::sync::Arc;

use engine::{ExportFormat, Granularity, NoProgress};
use harness::{
    model::{Image, Model},
    place::{Place, attach, take},
    seeded::Seeded,
};

const SIZE: u64 = 4 << 20;
const BLOCK: u64 = 4096;

#[tokio::test(flavor = "multi_thread")]
async fn seventy_snapshots_ask_few_index_segments() {
    let place = Place::new(11).unwrap();
    let engine = place.open().await.unwrap();
    let noise = Seeded::new(11);
    let mut image = Image::create(place.path("disk.img"), SIZE).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    let mut models = Vec::new();
    for number in 0..70 {
        image.write(noise.below(SIZE / BLOCK) * BLOCK, &noise.bytes(512)).unwrap();
        Box::pin(take(&engine, "web", &format!("s{number}"))).await.unwrap();
        models.push(image.model().clone());
    }
    let segments = place.objects().unwrap();
    let segments = segments.iter().filter(|(path, _)| path.contains("/index/")).count();
    assert!(segments < 64, "{segments} segments");
    let file = place.path("out.img");
    for (number, model) in models.iter().enumerate() {
        let name = format!("s{number}");
        engine.export(&name, &file, ExportFormat::Raw, Arc::new(NoProgress)).await.unwrap();
        assert!(Model::read(&file, SIZE).unwrap() == *model, "{name}");
        let diff = engine.diff_items("s35", &name, Granularity::Block).await.unwrap();
        assert_eq!(diff.items, model.diff_from(&models[35], BLOCK), "{name}");
    }
}
