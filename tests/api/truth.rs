//! Numbers over HTTP, beside those of a slow and obvious model.

use harness::{life::Life, model::Model};
use serde_json::{Value, json};
use shared::{
    SnapshotId,
    heatmap::{Metric, Tile, cell_bytes, quantize},
};

const BLOCK: u64 = 4096;

#[test]
fn differences_are_those_of_the_images() {
    let life = Life::begin();
    for (base, target) in [(0, 1), (2, 7), (7, 2), (5, 6), (9, 0), (4, 4)] {
        let path = format!("snapshots/s{target}/diff?base=s{base}");
        let told = life.server.get(&path).expect(200);
        assert_eq!(told["items"], json!(life.differences(base, target)), "{path}");
        let (old, new) = (&life.states[base], &life.states[target]);
        let counts = new.counts_from(old);
        assert_eq!(told["changed_bytes"], json!(counts.changed), "{path}");
        assert_eq!(told["cleared_bytes"], json!(counts.cleared), "{path}");
        let sectors = life.server.get(&format!("{path}&granularity=512")).expect(200);
        assert_eq!(sectors["items"], json!(new.diff_from(old, 512)), "{path} in sectors");
    }
}

#[test]
fn timelines_and_changes_are_those_of_the_images() {
    let life = Life::begin();
    let empty = Model::new(life.states[0].size());
    let before = |at: usize| at.checked_sub(1).map_or(&empty, |at| &life.states[at]);
    let timeline = life.server.get("disks/web/timeline").expect(200);
    let bars = timeline["bars"].as_array().unwrap();
    assert_eq!(bars.len(), life.states.len());
    let mut sums = (0, 0);
    for (at, bar) in bars.iter().enumerate() {
        let counts = life.states[at].counts_from(before(at));
        assert_eq!(bar["changed_bytes"], json!(counts.changed), "s{at}");
        assert_eq!(bar["cleared_bytes"], json!(counts.cleared), "s{at}");
        assert_eq!(bar["stored_bytes"], life.snapshots[at]["stored_bytes"], "s{at}");
        assert_eq!(bar["largest"]["allocated_bytes"], json!(life.states[at].allocated()), "s{at}");
        sums = (sums.0 + counts.changed, sums.1 + counts.cleared);
    }
    // However few bars are asked for, their sums stay.
    for count in 1..10 {
        let timeline = life.server.get(&format!("disks/web/timeline?bars={count}")).expect(200);
        let bars = timeline["bars"].as_array().unwrap();
        let sum = |field: &str| bars.iter().map(|bar| bar[field].as_u64().unwrap()).sum::<u64>();
        assert!(bars.len() <= count, "{count}");
        assert_eq!((sum("changed_bytes"), sum("cleared_bytes")), sums, "{count}");
        assert_eq!(sum("snapshot_count"), 10, "{count}");
    }
    for number in [0, 3, 60, life.states[0].size() / 2 / BLOCK + 101] {
        let path = format!("disks/web/changes?offset_bytes={}&length_bytes=4096", number * BLOCK);
        let told = life.server.get(&path).expect(200);
        let names: Vec<_> =
            told["items"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
        let changed = |at: &usize| life.states[*at].block(number) != before(*at).block(number);
        let expected: Vec<Value> =
            (0..10).filter(changed).map(|at| json!(format!("s{at}"))).collect();
        assert_eq!(names, expected, "block {number}");
    }
}

#[test]
fn tiles_are_those_of_the_images() {
    let life = Life::begin();
    let size = life.states[0].size();
    for level in [0, 2, 3] {
        let cells = cell_bytes(level);
        for (from, to) in [(0, 9), (3, 5)] {
            let (old, new) = (&life.states[from], &life.states[to]);
            let differing = new.differing_from(old);
            let last = (size / 2 / (cells << 16)) as usize;
            for tile in [0, last] {
                let ask = |metric: Metric| {
                    let (from, to) = (life.id(from), life.id(to));
                    let path =
                        format!("disks/web/heatmap/{metric}/{level}/{tile}?from={from}&to={to}");
                    let answer = life.server.get(&path);
                    assert_eq!(answer.status, 200, "{path}");
                    Tile::decode(&answer.body).unwrap()
                };
                let blocks = cells / BLOCK;
                let first = |cell: usize| ((tile << 16) + cell) as u64 * blocks;
                let changed = ask(Metric::Changed);
                let allocated = ask(Metric::Allocated);
                for cell in 0..changed.cells as usize {
                    let range = first(cell)..first(cell) + blocks;
                    let count = differing.range(range.clone()).count() as u64;
                    let what = || format!("level {level}, tile {tile}, cell {cell}");
                    assert_eq!(changed.values[cell], quantize(count, blocks), "{}", what());
                    if count > 0 || cell % 97 == 0 {
                        let held = range.filter(|&it| new.block(it).iter().any(|&byte| byte != 0));
                        let held = quantize(held.count() as u64, blocks);
                        assert_eq!(allocated.values[cell], held, "{}", what());
                    }
                }
            }
        }
    }
}

#[test]
fn costs_and_freeable_bytes_sum_up() {
    let life = Life::begin();
    let costs = life.server.get("costs").expect(200);
    let of = |value: &Value, field: &str| value[field].as_u64().unwrap();
    let total = &costs["total"];
    for field in
        ["snapshot_count", "stored_bytes", "full_bytes", "provisioned_bytes", "cost_micros"]
    {
        let sum: u64 = costs["disks"].as_array().unwrap().iter().map(|it| of(it, field)).sum();
        assert_eq!(sum, of(total, field), "{field}");
    }
    let web = costs["disks"].as_array().unwrap().iter().find(|it| it["disk_name"] == "web");
    let web = web.unwrap();
    let used: u64 = life.states.iter().map(Model::allocated).sum();
    assert_eq!(of(web, "full_bytes"), used);
    assert_eq!(of(web, "provisioned_bytes"), life.states[0].size() * 10);
    assert_eq!(of(web, "cost_micros"), (of(web, "stored_bytes") * 50_000 + (1 << 29)) >> 30);
    // What is said to come free does, to the byte, once nothing else is left to be given back.
    assert_eq!(life.server.job("gc", &json!({}))["state"], "done");
    let sets: [&[&str]; 3] = [&["s0"], &["s2", "s3", "s4"], &["s9", "db1"]];
    for set in sets {
        let freeable = life.freeable(set);
        for name in set {
            let shown = life.server.get(&format!("snapshots/{name}")).expect(200);
            assert!(of(&shown, "freeable_bytes") <= freeable, "{name}");
        }
        let before = sum_of(&life.server.get("gc").expect(200), "bytes_before");
        for name in set {
            life.server.request("DELETE", &format!("snapshots/{name}")).send().expect(204);
        }
        let plan = life.server.get("gc").expect(200);
        let job = life.server.job("gc", &json!({}));
        let report = &job["result"]["gc"];
        assert_eq!(report["freed_bytes"], plan["freed_bytes"], "{set:?}");
        assert_eq!(before - sum_of(report, "bytes_after"), freeable, "{set:?}");
    }
    let ids: Vec<SnapshotId> = [1, 5].iter().map(|&at| life.id(at).parse().unwrap()).collect();
    assert_eq!(
        life.freeable(&["s1", "s5"]),
        life.server.post("snapshots/freeable", &json!({"snapshots": ids})).expect(200)["freeable_bytes"]
    );
}

/// A field of a garbage collection's report, summed over its pools.
fn sum_of(report: &Value, field: &str) -> u64 {
    let pools = report["pools"].as_array().expect("a report has pools").iter();
    pools.map(|pool| pool[field].as_u64().expect("bytes are a number")).sum()
}
