//! Exports of fixed disks in every format: a download may go on at another time, from another
//! server, so their bytes never change.

use engine::ExportFormat;
use futures::TryStreamExt as _;
use harness::{
    model::Image,
    place::{Place, attach, take},
};

use crate::{digests::disks, files::check};

#[tokio::test]
async fn fixed_disks_have_the_exports_that_were_kept() {
    let place = Place::new(4).unwrap();
    let engine = place.open().await.unwrap();
    let mut lines = String::new();
    for (name, model) in disks() {
        let mut image = Image::create(place.path(name), model.size()).unwrap();
        image.become_model(&model).unwrap();
        attach(&engine, name, image.path()).await.unwrap();
        Box::pin(take(&engine, name, name)).await.unwrap();
        for format in ExportFormat::ALL {
            // Gibibytes of zeros tell nothing.
            let whole = matches!(format, ExportFormat::Raw | ExportFormat::Vhd);
            if model.size() > format.largest().bytes() || whole && model.size() > 1 << 30 {
                continue;
            }
            let image = engine.image(name, format).await.unwrap();
            let mut hasher = blake3::Hasher::new();
            let mut pieces = std::pin::pin!(image.read(0..image.length()));
            while let Some(bytes) = pieces.try_next().await.unwrap() {
                hasher.update(&bytes);
            }
            lines += &format!("{} {} {name} {format}\n", hasher.finalize(), image.length());
        }
    }
    check("exports.txt", lines.as_bytes()).unwrap();
}
