//! Snapshots written in every format: QEMU finds no fault in them, and the same disk.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    ops::Range,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{BlockSource as _, Engine, ExportFormat, NoProgress};
use futures::TryStreamExt as _;
use harness::{
    model::{BLOCK, Image, Model},
    place::{Place, attach, take},
    seeded::Seeded,
};
use shared::{Code, Digest};

use crate::{
    judged::Exported,
    look::{assert_same, open},
};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// A disk with random bytes at some places.
fn filled(size: u64, writes: &[Range<u64>]) -> Model {
    let mut model = Model::new(size);
    let noise = Seeded::new(size);
    for at in writes {
        model.write(at.start, &noise.bytes((at.end - at.start) as usize));
    }
    model
}

fn sector(at: u64) -> Range<u64> {
    at..at + 512
}

fn first(length: u64) -> Range<u64> {
    0..length
}

/// A data directory with one snapshot, and the files that are made of it.
struct Exports {
    place: Place,
    engine: Engine,
    model: Model,
    digest: Digest,
}

impl Exports {
    async fn of(model: &Model) -> Self {
        let place = Place::new(11).unwrap();
        let engine = place.open().await.unwrap();
        let mut image = Image::create(place.path("raw.img"), model.size()).unwrap();
        image.become_model(model).unwrap();
        attach(&engine, "web", image.path()).await.unwrap();
        let taken = Box::pin(take(&engine, "web", "kept")).await.unwrap();
        Self { place, engine, model: model.clone(), digest: taken.snapshot.digest }
    }

    async fn export(&self, format: ExportFormat) -> PathBuf {
        let file = self.place.path(&format!("out.{format}"));
        let written = self.engine.export("kept", &file, format, Arc::new(NoProgress)).await;
        assert_eq!(written.unwrap(), fs::metadata(&file).unwrap().len());
        file
    }

    /// QEMU opens the file, finds no fault, the disk's size and its bytes, and data exactly where
    /// the disk has some; so do we.
    async fn judge(&self, format: ExportFormat, name: &str) {
        let file = self.export(format).await;
        let exported = Exported { what: format!("{name} as {format}"), file: &file, format };
        exported.assert_sound(self.model.size());
        for window in self.windows(exported.is_mapped()) {
            exported.assert_compares(window);
        }
        exported.assert_holds_only(&self.model);
        let (what, source) = (&exported.what, open(&file).unwrap());
        assert_eq!(source.size().bytes(), self.model.size(), "{what}");
        if format != ExportFormat::Raw {
            assert!(Model::of(&source).unwrap() == self.model, "{what}: read back");
        }
        self.assert_sparse(&file, what);
        self.assert_ranges(format, &file, what).await;
    }

    /// Where a disk is compared: whole, or around what it holds.
    fn windows(&self, whole: bool) -> Vec<Range<u64>> {
        const WIDE: u64 = 16 * MIB;
        let size = self.model.size();
        if whole || size <= GIB {
            return vec![first(size)];
        }
        let around = self.model.numbers().map(|block| block * BLOCK / WIDE);
        let around: BTreeSet<u64> = around.flat_map(|it| it.saturating_sub(1)..=it + 1).collect();
        let windows = around.into_iter().map(|it| it * WIDE..size.min((it + 1) * WIDE));
        windows.filter(|it| !it.is_empty()).collect()
    }

    /// The file takes the room of the blocks that are not zeros, and of its own structures.
    fn assert_sparse(&self, file: &Path, what: &str) {
        let stored = fs::metadata(file).unwrap().blocks() * 512;
        let chunks: BTreeSet<u64> = self.model.numbers().map(|block| block / 64).collect();
        // At most a page for each block's bitmap and for each table that leads to it.
        let most = self.model.allocated() + chunks.len() as u64 * 4 * BLOCK + 9 * MIB;
        assert!(stored <= most, "{what}: {stored} bytes are stored, and {most} would do");
    }

    /// Any range that is read without the file is that of the file.
    async fn assert_ranges(&self, format: ExportFormat, file: &Path, what: &str) {
        let image = self.engine.image("kept", format).await.unwrap();
        let file = File::open(file).unwrap();
        let length = image.length();
        assert_eq!(length, file.metadata().unwrap().len(), "{what}");
        let random = Seeded::new(length);
        let mut ranges = vec![0..length.min(5 * MIB), length.saturating_sub(3 * MIB)..length];
        for _ in 0..12 {
            let start = random.below(length);
            let longest = [700, 70_000, 3_000_000][random.below(3) as usize];
            ranges.push(start..length.min(start + 1 + random.below(longest)));
        }
        // Around what there is: most of a large file is zeros.
        for block in self.model.numbers().step_by(1 + self.model.numbers().count() / 4) {
            let at = (block * BLOCK).min(length - 1);
            ranges.push(at.saturating_sub(9000)..(at + 9000).min(length));
        }
        for range in ranges {
            let mut wanted = vec![0; (range.end - range.start) as usize];
            file.read_exact_at(&mut wanted, range.start).unwrap();
            let pieces: Vec<_> = image.read(range.clone()).try_collect().await.unwrap();
            assert_same(&format!("{what}, {range:?}"), &pieces.concat(), &wanted);
        }
        let past: Vec<_> = image.read(length..length + 9).try_collect().await.unwrap();
        assert_eq!(past.concat().len(), 0, "{what}");
    }
}

#[tokio::test]
async fn disks_of_any_size_and_filling_are_the_same_disks_for_qemu() {
    let full = |size: u64| filled(size, &[first(size)]);
    for (name, model) in [
        ("sector", full(512)),
        ("sector of zeros", Model::new(512)),
        ("odd blocks", filled(3 * BLOCK + 512, &[sector(3 * BLOCK)])),
        ("odd 64 KiB", filled(65 * KIB + 512, &[sector(512), sector(65 * KIB)])),
        ("odd chunks", filled(256 * KIB + 512, &[sector(256 * KIB)])),
        ("a sector less than a block", full(2 * MIB - 512)),
        ("a sector more than a block", filled(2 * MIB + 512, &[sector(2 * MIB)])),
        ("a block", full(2 * MIB)),
        ("zeros", Model::new(3 * MIB + 1536)),
        ("full", full(5 * MIB + 512)),
        (
            "sparse",
            filled(
                300 * MIB + 512,
                &[
                    sector(0),
                    sector(127 * MIB),
                    128 * MIB - 700..128 * MIB + 700,
                    200 * MIB..203 * MIB + 5,
                    sector(300 * MIB),
                ],
            ),
        ),
    ] {
        let exports = Exports::of(&model).await;
        for format in ExportFormat::ALL {
            exports.judge(format, name).await;
        }
    }
}

/// Two second tables of a qcow2, two chunks of a VHDX's blocks, and what the tree has two nodes for.
#[tokio::test]
async fn large_disks_are_the_same_disks_for_qemu() {
    let edges = |size: u64, at: &[u64]| {
        let around = at.iter().map(|&at| at - 3000..at + 3000);
        let ends = [sector(0), sector(size - 512)];
        filled(size, &around.chain(ends).collect::<Vec<_>>())
    };
    let all = ExportFormat::ALL.as_slice();
    let unlimited = [ExportFormat::Raw, ExportFormat::Qcow2, ExportFormat::Vhdx];
    for (name, size, at, formats) in [
        ("70 GiB", 70 * GIB + 512, &[4 * GIB, 8 * GIB, 64 * GIB][..], all),
        ("the largest VHD", 2040 * GIB, &[GIB, 2039 * GIB], all),
        ("more than a VHD", 2040 * GIB + 512, &[2039 * GIB], &unlimited),
        ("9 TiB", 9 * TIB + 512, &[8 * TIB], &unlimited),
        ("the largest VHDX", 64 * TIB, &[31 * TIB], &unlimited),
    ] {
        let exports = Exports::of(&edges(size, at)).await;
        for &format in formats {
            exports.judge(format, name).await;
        }
    }
}

#[tokio::test]
async fn an_exported_image_attached_again_is_the_same_disk() {
    let writes = [0..700_000, 2 * MIB - 9..2 * MIB + 9, sector(9 * MIB)];
    let exports = Exports::of(&filled(9 * MIB + 512, &writes)).await;
    for format in ExportFormat::ALL {
        // A raw disk is told by having no other magic, and these have none.
        let file = exports.export(format).await;
        let (name, engine) = (format.to_string(), &exports.engine);
        attach(engine, &name, &file).await.unwrap();
        let taken = Box::pin(take(engine, &name, &format!("of-{name}"))).await.unwrap();
        assert_eq!(taken.snapshot.digest, exports.digest, "{format}");
    }
}

#[tokio::test]
async fn the_same_disk_gives_the_same_bytes_every_time() {
    let model = filled(6 * MIB + 512, &[0..900_000, sector(6 * MIB)]);
    let (one, other) = (Exports::of(&model).await, Exports::of(&model).await);
    for format in ExportFormat::ALL {
        let first = fs::read(one.export(format).await).unwrap();
        let again = fs::read(one.export(format).await).unwrap();
        let elsewhere = fs::read(other.export(format).await).unwrap();
        assert_same(&format!("{format} again"), &again, &first);
        assert_same(&format!("{format} elsewhere"), &elsewhere, &first);
        let (one, other) = (
            one.engine.image("kept", format).await.unwrap(),
            other.engine.image("kept", format).await.unwrap(),
        );
        assert_eq!(one.tag(), other.tag());
    }
}

#[tokio::test]
async fn a_format_that_is_too_small_for_a_disk_is_refused_and_nothing_is_left() {
    for (size, formats) in [
        (2040 * GIB + 512, &[ExportFormat::Vhd, ExportFormat::VhdDynamic][..]),
        (64 * TIB + 512, &[ExportFormat::Vhd, ExportFormat::VhdDynamic, ExportFormat::Vhdx]),
    ] {
        let exports = Exports::of(&filled(size, &[sector(size - 512)])).await;
        for &format in formats {
            let file = exports.place.path("out");
            let engine = &exports.engine;
            let refused = engine.export("kept", &file, format, Arc::new(NoProgress)).await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), Code::FormatTooSmall, "{format}: {refused}");
            let problem = refused.problem();
            let help = problem.help.unwrap();
            assert!(help.contains("raw") && help.contains("qcow2"), "{help}");
            assert!(!file.exists() && !exports.place.path("out.partial").exists());
            let refused = engine.image("kept", format).await.unwrap_err();
            assert_eq!(refused.code(), Code::FormatTooSmall, "{format}: {refused}");
        }
    }
}

#[tokio::test]
async fn damage_is_named_by_its_place_on_the_disk_in_every_format() {
    const AT: u64 = 9 * MIB;
    let place = Place::new(11).unwrap();
    let engine = place.open().await.unwrap();
    let mut image = Image::create(place.path("raw.img"), 20 * MIB).unwrap();
    image.become_model(&filled(20 * MIB, &[first(256 * KIB)])).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    Box::pin(take(&engine, "web", "first")).await.unwrap();
    let before = place.objects().unwrap();
    image.write(AT, &Seeded::new(5).bytes(256 << 10)).unwrap();
    Box::pin(take(&engine, "web", "kept")).await.unwrap();
    engine.close().await;
    let mut new = place.objects().unwrap();
    new.retain(|(name, _)| name.contains("/packs/") && !before.iter().any(|(old, _)| old == name));
    let [(pack, _)] = new.as_slice() else { panic!("one new pack, not {new:?}") };
    // The chunk comes first, the nodes behind it: they stay whole.
    let pack = File::options().read(true).write(true).open(place.store().join(pack)).unwrap();
    let mut byte = [0];
    pack.read_exact_at(&mut byte, 1000).unwrap();
    pack.write_all_at(&[byte[0] ^ 1], 1000).unwrap();

    let engine = place.open().await.unwrap();
    for format in ExportFormat::ALL {
        let named = format!("block {} of snapshot kept, at byte {AT}", AT / BLOCK);
        let image = engine.image("kept", format).await.unwrap();
        let mut pieces = std::pin::pin!(image.read(0..image.length()));
        let refused = loop {
            match pieces.try_next().await {
                Ok(piece) => assert!(piece.is_some(), "{format}: the damage is passed over"),
                Err(error) => break error,
            }
        };
        assert!(refused.to_string().contains(&named), "{format}: {refused}");
        let file = place.path("out");
        let refused = engine.export("kept", &file, format, Arc::new(NoProgress)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Code::Corrupt, "{format}: {refused}");
        assert!(refused.to_string().contains(&named), "{format}: {refused}");
        assert!(!file.exists());
    }
}
