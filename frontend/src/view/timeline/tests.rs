//! The timeline's drawing against what it promises: nothing is lost, and nothing moves by itself.

use proptest::prelude::*;
use shared::Snapshot;

use super::*;
use crate::view::heights::{ValueScale, ValueScaleKind};

/// A snapshot taken at a second, which found so many blocks changed.
fn bar(second: i64, blocks: u64) -> TimelineBar {
    let at = Timestamp::from_second(second).unwrap();
    let largest: Snapshot = serde_json::from_value(serde_json::json!({
        "id": "01890000-0000-7000-8000-000000000000", "group": "default", "name": "s",
        "disk_id": "01890000-0000-7000-8000-000000000001", "disk_name": "web",
        "kind": "incremental", "region": "local", "sku": "Standard_LRS", "base_id": null,
        "created_at": at, "consistency": "exact", "digest": "00".repeat(32),
        "provisioned_bytes": 1 << 30, "allocated_bytes": 0, "changed_bytes": blocks * 4096,
        "cleared_bytes": 0, "stored_bytes": 100, "stored_all_zones_bytes": 100,
    }))
    .unwrap();
    TimelineBar {
        from: at,
        to: at,
        snapshot_count: 1,
        changed_bytes: blocks * 4096,
        cleared_bytes: 0,
        stored_bytes: 100,
        largest,
    }
}

proptest! {
    #[test]
    fn every_snapshot_is_in_one_bar_and_bars_can_be_told_apart(
        mut seconds in prop::collection::vec(0_i64..1_000_000, 1..80), pitch in 2.0..30.0
    ) {
        seconds.sort_unstable();
        let bars: Vec<_> = seconds.iter().map(|&second| bar(second, second as u64 % 9)).collect();
        let drawn = draw(&bars, &TimeScale::around(&bars, 800.0), pitch);
        let count: u64 = drawn.iter().map(|bar| bar.snapshot_count).sum();
        prop_assert_eq!(count, bars.len() as u64);
        for pair in drawn.windows(2) {
            prop_assert_eq!(pair[0].bars.end, pair[1].bars.start);
            prop_assert!(pair[1].x - pair[0].x >= pitch - 1e-6);
        }
        for one in &drawn {
            let most = bars[one.bars.clone()].iter().map(found).max();
            prop_assert_eq!(Some(found(&bars[one.largest])), most);
        }
    }

    #[test]
    fn zooming_keeps_the_moment_under_the_pointer(x in 0.0..800.0, factor in 0.05..1.0) {
        let all = TimeScale { from: 0, to: 10_000_000, width: 800.0 };
        let near = all.zoomed(factor, x, all);
        prop_assert!((near.x(all.at(x)) - x).abs() < 2.0);
        prop_assert_eq!(near.zoomed(1000.0, x, all), all);
        let moved = near.moved(1e9, all);
        prop_assert_eq!((moved.to, moved.to - moved.from), (all.to, near.to - near.from));
    }
}

#[test]
fn a_part_in_more_detail_takes_the_place_of_what_it_is_of() {
    let line = |bars: Vec<TimelineBar>, from: i64, to: i64| Timeline {
        disk_id: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
        revision: 1,
        from: Timestamp::from_second(from).unwrap(),
        to: Timestamp::from_second(to).unwrap(),
        snapshot_count: bars.len() as u64,
        bars,
    };
    let merged = TimelineBar { snapshot_count: 3, to: bar(30, 0).to, ..bar(20, 1) };
    let coarse = line(vec![bar(1, 1), merged, bar(40, 1)], 1, 40);
    let span = |from: i64, to: i64| Span { from: from * 1000, to: to * 1000 };
    assert!(is_coarse(&coarse, span(25, 26)) && !is_coarse(&coarse, span(1, 19)));
    let fine = line(vec![bar(20, 1), bar(25, 1), bar(30, 1)], 15, 35);
    let refined = refined(&coarse, &fine);
    let seconds: Vec<_> = refined.bars.iter().map(|bar| bar.to.as_second()).collect();
    assert_eq!(seconds, [1, 20, 25, 30, 40]);
    assert!(!is_coarse(&refined, span(0, 50)));
}

#[test]
fn ticks_are_round_and_have_room() {
    let hour = TimeScale { from: 1_700_000_000_000, to: 1_700_003_600_000, width: 600.0 };
    let labels: Vec<_> = hour.ticks(0).into_iter().map(|tick| tick.label).collect();
    assert_eq!(labels, ["22:15", "22:30", "22:45", "23:00"]);
    let days = TimeScale { from: 1_700_000_000_000, to: 1_700_600_000_000, width: 400.0 };
    let labels: Vec<_> = days.ticks(0).into_iter().map(|tick| tick.label).collect();
    assert_eq!(labels, ["15 Nov", "17 Nov", "19 Nov", "21 Nov"]);
}

#[test]
fn days_begin_when_the_clock_says_so() {
    let days = TimeScale { from: 1_700_000_000_000, to: 1_700_600_000_000, width: 400.0 };
    let east = days.ticks(120);
    let labels: Vec<_> = east.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(labels, ["17 Nov", "19 Nov", "21 Nov"]);
    let shift = days.ticks(0)[1].x - east[0].x;
    let two_hours = days.x(7_200_000) - days.x(0);
    assert!((shift - two_hours).abs() < 1e-6, "midnight is earlier there");
}

#[test]
fn a_bars_ends_are_the_snapshots_around_it_and_not_the_largest() {
    let taken = |second: i64| {
        let id = format!("01890000-0000-7000-8000-{second:012}").parse().unwrap();
        Snapshot { id, ..bar(second, 1).largest }
    };
    let snapshots: Vec<_> = (1..=20).map(taken).collect();
    let id = |second: usize| Some(snapshots[second - 1].id);
    let wide = TimelineBar { to: bar(15, 1).to, ..bar(6, 1) };
    assert_eq!(ends(&snapshots, std::slice::from_ref(&wide)), (id(5), id(15)));
    assert_eq!(ends(&snapshots, &[wide, bar(16, 1)]), (id(5), id(16)));
    assert_eq!(ends(&snapshots, &[bar(1, 1)]), (None, id(1)));
    assert_eq!(ends(&snapshots, &[]), (None, None));
}

#[test]
fn a_single_block_is_seen_beside_a_gibibyte() {
    for kind in [ValueScaleKind::Log, ValueScaleKind::Linear] {
        let scale = ValueScale { kind, max: 1 << 30, height: 120.0 };
        assert!((scale.height_of(1 << 30) - 120.0).abs() < 1e-9);
        assert!(scale.height_of(4096) >= 2.0);
        assert!(scale.height_of(0).abs() < 1e-9);
        assert!((2..=5).contains(&scale.ticks().len()), "{:?}", scale.ticks());
    }
}

#[test]
fn one_snapshot_has_a_span_to_lie_in() {
    let bars = [bar(1000, 1)];
    let scale = TimeScale::around(&bars, 500.0);
    assert!((scale.x(1_000_000) - 250.0).abs() < 1.0);
    assert_eq!(nearest(&draw(&bars, &scale, pitch(&bars, &scale)), 490.0), Some(0));
}
