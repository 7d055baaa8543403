//! One fault at every call that an act makes, one after another.

use std::sync::Arc;

use harness::{
    fault::{Fault, FaultOpener, Faults},
    place::{Place, QuickOpener},
};

use crate::scenario::{Act, Stage};

fn opener(faults: &Arc<Faults>) -> Arc<FaultOpener> {
    Arc::new(FaultOpener { inner: Arc::new(QuickOpener), faults: Arc::clone(faults) })
}

/// Plays an act with the fault at each of its calls in turn, then lets the next command look.
async fn sweep(act: Act, fault: Fault) {
    let stage = Stage::before(act).await.expect("with a healthy store all goes well");
    let faults = Faults::none();
    let place = stage.copy(0);
    let mut ledger = stage.ledger.clone();
    stage.perform(&place, opener(&faults), &mut ledger).await.expect("so it does here");
    stage.check(&place, &ledger, &format!("{act:?} without a fault")).await;
    let calls = faults.calls();
    assert!(!calls.is_empty(), "{act:?} calls no store");
    for (number, &call) in calls.iter().enumerate() {
        if !fault.befalls(call) {
            continue;
        }
        let seed = number as u64 + 1;
        let what = format!("{act:?}, {fault:?} at call {number} ({call:?}), seed {seed}");
        let place = stage.copy(seed);
        let faults = Faults::at(number as u64, fault, seed);
        let mut ledger = stage.ledger.clone();
        let process = stage.perform(&place, opener(&faults), &mut ledger);
        // Whether it failed, died or went well after all: what it did not acknowledge, it owes not.
        let _ = faults.run(Box::pin(process)).await;
        let read_wrongly = matches!(fault, Fault::Truncate | Fault::Flip | Fault::Missing);
        if read_wrongly && matches!(act, Act::Open | Act::Rebuild) {
            rebuild_again(&place, &what).await;
        }
        Box::pin(stage.check(&place, &ledger, &what)).await;
    }
}

/// What a catalog missed because of one bad read, another rebuild takes in; a collection between
/// the two must not have taken it for garbage.
async fn rebuild_again(place: &Place, what: &str) {
    if let Ok(engine) = place.open().await {
        let _ = engine.gc().await;
        engine.close().await;
    }
    place.rebuild().await.unwrap_or_else(|error| panic!("{what}: second rebuild: {error}"));
}

macro_rules! sweeps {
    ($($name:ident: $fault:ident,)*) => {
        $(#[tokio::test]
        async fn $name() {
            for act in Act::ALL {
                Box::pin(sweep(act, Fault::$fault)).await;
            }
        })*
    };
}

sweeps! {
    an_error_at_any_call_leaves_every_acknowledged_snapshot_whole: Error,
    an_answer_that_is_lost_at_any_call_leaves_every_snapshot_whole: LostAck,
    a_store_that_goes_away_at_any_call_leaves_every_snapshot_whole: Offline,
    a_process_that_dies_before_any_call_leaves_every_snapshot_whole: Die,
    a_process_that_dies_after_any_change_leaves_every_snapshot_whole: DieAfter,
    a_store_that_is_full_at_any_change_leaves_every_snapshot_whole: NoSpace,
    a_read_cut_short_at_any_call_leaves_every_snapshot_whole: Truncate,
    a_bit_flipped_in_any_read_leaves_every_snapshot_whole: Flip,
    an_object_missing_at_any_read_leaves_every_snapshot_whole: Missing,
}
