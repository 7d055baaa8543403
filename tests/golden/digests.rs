//! Digests and VHD footers of fixed disks: other machines keep them, so they never change.

use std::{fs, os::unix::fs::FileExt as _, sync::Arc};

use engine::{ExportFormat, NoProgress};
use harness::{
    model::{Image, Model},
    place::{Place, attach, take},
    seeded::Seeded,
};

use crate::files::check;

/// Disks of every height of the tree, with data at their edges or none.
pub(crate) fn disks() -> Vec<(&'static str, Model)> {
    let filled = |size: u64, writes: &[(u64, usize)]| {
        let mut model = Model::new(size);
        let noise = Seeded::new(size);
        for &(at, length) in writes {
            model.write(at, &noise.bytes(length));
        }
        model
    };
    vec![
        ("sector-of-zeros", Model::new(512)),
        ("sector", filled(512, &[(0, 512)])),
        ("chunk", filled(256 << 10, &[(0, 256 << 10)])),
        ("chunk-and-sector", filled((256 << 10) + 512, &[(256 << 10, 512)])),
        ("megabytes-of-zeros", Model::new(3 << 20)),
        ("leaf", filled(128 << 20, &[(0, 1), ((128 << 20) - 1, 1)])),
        ("two-levels", filled((128 << 20) + 512, &[(0, 5000), (128 << 20, 512)])),
        ("three-levels", filled((64 << 30) + 512, &[(1 << 20, 4096), (64 << 30, 512)])),
        ("four-tebibytes", filled(4 << 40, &[((4 << 40) - 512, 512)])),
    ]
}

#[tokio::test]
async fn fixed_disks_have_the_digests_that_were_kept() {
    let place = Place::new(4).unwrap();
    let engine = place.open().await.unwrap();
    let mut lines = String::new();
    for (name, model) in disks() {
        let mut image = Image::create(place.path(name), model.size()).unwrap();
        image.become_model(&model).unwrap();
        attach(&engine, name, image.path()).await.unwrap();
        let taken = Box::pin(take(&engine, name, name)).await.unwrap();
        lines += &format!("{} {} {name}\n", taken.snapshot.digest, model.size());
    }
    check("digests.txt", lines.as_bytes()).unwrap();
}

#[tokio::test]
async fn fixed_disks_have_the_vhd_footers_that_were_kept() {
    let place = Place::new(4).unwrap();
    let engine = place.open().await.unwrap();
    for (name, model) in disks() {
        if !["sector", "two-levels", "three-levels"].contains(&name) {
            continue;
        }
        let mut image = Image::create(place.path(name), model.size()).unwrap();
        image.become_model(&model).unwrap();
        attach(&engine, name, image.path()).await.unwrap();
        Box::pin(take(&engine, name, name)).await.unwrap();
        let file = place.path("out.vhd");
        let written = engine.export(name, &file, ExportFormat::Vhd, Arc::new(NoProgress)).await;
        assert_eq!(written.unwrap(), model.size() + 512);
        let mut footer = [0; 512];
        fs::File::open(&file).unwrap().read_exact_at(&mut footer, model.size()).unwrap();
        check(&format!("{name}.footer"), &footer).unwrap();
    }
}
