//! A snapshot of more than fits between the scan and the packs, whose packs cannot be written.

use std::{sync::Arc, time::Duration};

use harness::{
    fault::{Fault, FaultOpener, Faults},
    model::Image,
    place::{Place, QuickOpener, attach, take},
    seeded::Seeded,
};

/// Ten windows of the scan, and five packs.
const SIZE: u64 = 160 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_whose_packs_cannot_be_written_ends() {
    let place = Place::new(24).unwrap();
    let engine = place.open().await.unwrap();
    let mut image = Image::create(place.path("disk.img"), SIZE).unwrap();
    image.write(0, &Seeded::new(24).bytes(SIZE as usize)).unwrap();
    attach(&engine, "web", image.path()).await.unwrap();
    engine.close().await;
    let counted = Faults::none();
    let opener = |faults| Arc::new(FaultOpener { inner: Arc::new(QuickOpener), faults });
    let engine = place.open_with(opener(Arc::clone(&counted))).await.unwrap();
    let opening = counted.calls().len() as u64;
    engine.close().await;
    let mut ended = 0;
    // Whichever of the calls before the first packs are written fails, and stays failing.
    for call in opening..opening + 8 {
        let faults = Faults::at(call, Fault::Offline, call);
        let engine = place.open_with(opener(faults)).await.unwrap();
        let taken =
            tokio::time::timeout(Duration::from_mins(2), Box::pin(take(&engine, "web", "never")));
        let taken = taken.await.expect("what fails must not wait for ever");
        ended += u32::from(taken.is_err());
        engine.close().await;
    }
    assert_eq!(ended, 8);
}
