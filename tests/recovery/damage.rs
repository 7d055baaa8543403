//! Damage in every stored object: an error or the right bytes, never others.

use std::{fs, io, path::Path, sync::Arc};

use engine::{Engine, ExportFormat, Granularity, NoProgress};
use harness::{
    model::{BLOCK, Image, Model},
    place::{Place, attach, take, take_kind},
    seeded::Seeded,
};
use shared::{Code, Sku, SnapshotKind};

const SIZE: u64 = (2 << 20) + 512;

/// A store with one of everything: patches, a full snapshot, a deleted one.
struct Victim {
    place: Place,
    image: Image,
    known: Vec<(&'static str, Model)>,
}

async fn victim() -> Victim {
    let place = Place::new(5).expect("a temporary folder can be made");
    let engine = place.open().await.expect("a new data directory opens");
    let image = Image::create(place.path("disk.img"), SIZE).expect("an image can be made");
    attach(&engine, "web", image.path()).await.expect("an image can be attached");
    let mut victim = Victim { place, image, known: Vec::new() };
    let noise = Seeded::new(21);
    let write = |victim: &mut Victim, at, length| {
        victim.image.write(at, &noise.bytes(length)).expect("an image can be written");
    };
    write(&mut victim, 0, 300 << 10);
    for name in ["one", "two", "gone"] {
        write(&mut victim, 5 * BLOCK, 512);
        write(&mut victim, SIZE - 1024, 1024);
        Box::pin(take(&engine, "web", name)).await.expect("a snapshot can be taken");
        victim.known.push((name, victim.image.model().clone()));
    }
    let (kind, sku) = (SnapshotKind::Full, Some(Sku::PremiumLrs));
    let full = take_kind(&engine, "web", "full", kind, sku);
    Box::pin(full).await.expect("a full snapshot can be taken");
    victim.known.push(("full", victim.image.model().clone()));
    engine.delete("gone").await.expect("a snapshot can be deleted");
    victim.known.retain(|(name, _)| *name != "gone");
    engine.close().await;
    victim
}

impl Victim {
    /// Asks for everything that can be read: what is told is right, or it is an error.
    async fn read_everything(&self, engine: &Engine, what: &str) {
        for (name, model) in &self.known {
            let whole = self.export_is_right_or_fails(engine, name, model, what).await;
            match engine.verify(name, Arc::new(NoProgress)).await {
                Ok(report) => {
                    assert_eq!(report.damage.is_empty(), whole, "{what}: verify of {name}");
                    let mut end = 0;
                    for damage in report.damage {
                        assert!(damage.offset_bytes >= end, "{what}: damage out of order");
                        end = damage.offset_bytes + damage.length_bytes;
                        assert!(damage.length_bytes > 0 && end <= SIZE, "{what}: {damage:?}");
                    }
                }
                Err(error) => assert!(!whole, "{what}: only verify of {name} fails: {error}"),
            }
        }
        for (base, old) in &self.known {
            for (target, new) in &self.known {
                // By sectors, data is read too, as an export does.
                let units = if base < target { 2 } else { 1 };
                for unit in [Granularity::Block, Granularity::Sector].into_iter().take(units) {
                    if let Ok(diff) = engine.diff_items(base, target, unit).await {
                        let right = new.diff_from(old, unit.bytes());
                        assert_eq!(diff.items, right, "{what}: diff of {base} and {target}");
                    }
                }
            }
        }
    }

    /// Exports a snapshot; says whether that went well.
    async fn export_is_right_or_fails(
        &self,
        engine: &Engine,
        name: &str,
        model: &Model,
        what: &str,
    ) -> bool {
        let file = self.place.path("out.img");
        let _ = fs::remove_file(&file);
        let exported = engine.export(name, &file, ExportFormat::Raw, Arc::new(NoProgress)).await;
        match exported {
            Ok(_) => {
                let read = Model::read(&file, SIZE).expect("the export can be read");
                assert!(read == *model, "{what}: {name} is exported with other bytes");
                true
            }
            Err(error) => {
                let known = matches!(error.code(), Code::Corrupt | Code::ZoneDown);
                assert!(known, "{what}: export of {name}: {error}");
                assert!(!file.exists(), "{what}: half of {name} is left");
                false
            }
        }
    }

    fn objects(&self) -> Vec<(String, u64)> {
        self.place.objects().expect("the store can be listed")
    }
}

/// Changes one bit of a file.
fn flip(file: &Path, bit: u64) -> io::Result<()> {
    let mut bytes = fs::read(file)?;
    bytes[bit as usize / 8] ^= 1 << (bit % 8);
    fs::write(file, bytes)
}

#[tokio::test]
async fn a_flipped_bit_in_any_object_gives_an_error_or_the_right_bytes() {
    let victim = victim().await;
    let bits = Seeded::new(99);
    let tries = if std::env::var_os("SKIKT_LONG").is_some() { 400 } else { 7 };
    for (name, length) in victim.objects() {
        let file = victim.place.store().join(&name);
        for number in 0..tries {
            // The first and the last bytes always, where headers and trailers are.
            let byte = match number {
                0 => number,
                1 => length - 1,
                2 => length.min(64) - 1,
                _ => bits.below(length),
            };
            let bit = byte * 8 + bits.below(8);
            flip(&file, bit).unwrap();
            let what = format!("bit {bit} of {name}");
            // The catalog knows the zones, so a data directory opens whatever its store is like.
            let engine = victim.place.open().await.unwrap_or_else(|it| panic!("{what}: {it}"));
            victim.read_everything(&engine, &what).await;
            engine.close().await;
            flip(&file, bit).unwrap();
        }
    }
}

#[tokio::test]
async fn any_object_that_is_missing_or_cut_short_gives_an_error_or_the_right_bytes() {
    let victim = victim().await;
    for (name, length) in victim.objects() {
        let file = victim.place.store().join(&name);
        let whole = fs::read(&file).unwrap();
        for kept in [None, Some(0), Some(length / 2), Some(length - 1)] {
            match kept {
                None => fs::remove_file(&file).unwrap(),
                Some(kept) => fs::write(&file, &whole[..kept as usize]).unwrap(),
            }
            let what = format!("{name} with {kept:?} of {length} bytes");
            let engine = victim.place.open().await.unwrap_or_else(|it| panic!("{what}: {it}"));
            victim.read_everything(&engine, &what).await;
            engine.close().await;
            fs::write(&file, &whole).unwrap();
        }
    }
}

#[tokio::test]
async fn a_rebuild_over_damage_keeps_what_is_whole_and_names_the_rest() {
    let victim = victim().await;
    let bits = Seeded::new(98);
    for (name, length) in victim.objects() {
        let file = victim.place.store().join(&name);
        let whole = fs::read(&file).unwrap();
        for _ in 0..3 {
            let bit = bits.below(length * 8);
            flip(&file, bit).unwrap();
            let what = format!("bit {bit} of {name}");
            if victim.place.rebuild().await.is_ok() {
                let engine = victim.place.open().await.unwrap_or_else(|it| panic!("{what}: {it}"));
                for (name, model) in &victim.known {
                    if engine.snapshot(name).await.is_ok() {
                        victim.export_is_right_or_fails(&engine, name, model, &what).await;
                    }
                }
                engine.close().await;
            }
            fs::write(&file, &whole).unwrap();
        }
    }
    victim.place.rebuild().await.unwrap();
    let engine = victim.place.open().await.unwrap();
    victim.read_everything(&engine, "after all").await;
}

#[tokio::test]
async fn a_missing_pack_is_corrupt_for_export_and_for_a_collection_and_verify_names_the_range() {
    let victim = victim().await;
    let packs = victim.objects();
    let of_pool = |name: &str| name.contains("Standard_LRS/1/packs/");
    for (name, _) in packs.iter().filter(|(name, _)| of_pool(name)) {
        fs::remove_file(victim.place.store().join(name)).unwrap();
    }
    let engine = victim.place.open().await.unwrap();
    for name in ["one", "two"] {
        let file = victim.place.path("out.img");
        for format in ExportFormat::ALL {
            let exported = engine.export(name, &file, format, Arc::new(NoProgress)).await;
            assert_eq!(exported.unwrap_err().code(), Code::Corrupt, "{format}");
        }
        let report = engine.verify(name, Arc::new(NoProgress)).await.unwrap();
        assert_eq!(report.damage.len(), 1);
        assert_eq!((report.damage[0].offset_bytes, report.damage[0].length_bytes), (0, SIZE));
    }
    assert_eq!(engine.gc().await.unwrap_err().code(), Code::Corrupt);
    let left = victim.objects();
    assert_eq!(left.len() + 3, packs.len(), "a collection that failed deletes nothing");
    let full = victim.known.iter().find(|(name, _)| *name == "full").unwrap();
    assert!(victim.export_is_right_or_fails(&engine, "full", &full.1, "no packs").await);
}

/// What the database keeps beside its file until it is closed must not be lost with the old one's.
#[tokio::test]
async fn a_catalog_rebuilt_again_and_again_never_loses_a_snapshot() {
    let victim = victim().await;
    for round in 0..40 {
        assert_eq!(victim.place.rebuild().await.unwrap().snapshots, 3, "round {round}");
        let engine = victim.place.open().await.unwrap();
        assert_eq!(engine.snapshots(None).await.unwrap().len(), 3, "round {round}");
        engine.close().await;
    }
}
