//! Many at once: readers while disks are snapshotted and garbage goes, writers, and who hangs up.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use harness::{
    cli::Skikt, http::Request, image::assert_same, life::Life, random::Random, server::Server,
};
use serde_json::json;
use shared::{Code, heatmap::Tile};

#[test]
fn readers_get_right_bytes_while_snapshots_are_taken_and_garbage_goes() {
    const READERS: u64 = 64;
    const SIZE: u64 = 4 << 20;
    let (_skikt, server, mut image) = Server::with_disk(SIZE);
    let first = image.bytes().to_vec();
    server.take("web", "first");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for reader in 0..READERS {
            let (server, first, is_over) = (&server, &first, &is_over);
            scope.spawn(move || {
                let mut random = Random::new(reader);
                loop {
                    read(server, first, &mut random);
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        for number in 0..6 {
            let at = number * 300_000;
            image.scramble(at..at + 250_000, number);
            server.take("web", &format!("s{number}"));
            if number > 1 {
                server.request("DELETE", &format!("snapshots/s{}", number - 2)).send().expect(204);
                assert_eq!(server.job("gc", &json!({}))["state"], "done");
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let newest = server.get("snapshots/s5/data");
    assert_same(&newest.body, image.bytes(), "the newest");
}

/// One thing that a reader may ask for.
fn read(server: &Server, first: &[u8], random: &mut Random) {
    match random.below(6) {
        0..3 => {
            let from = random.below(first.len() as u64);
            let to = (from + random.below(100_000)).min(first.len() as u64 - 1);
            let range = format!("bytes={from}-{to}");
            let part = server.request("GET", "snapshots/first/data").header("range", &range).send();
            assert_eq!(part.status, 206);
            assert_same(&part.body, &first[from as usize..=to as usize], &range);
        }
        3 => {
            let list = server.get("snapshots?limit=1000").expect(200);
            assert_eq!(list["items"][0]["name"], "first");
        }
        4 => {
            let timeline = server.get("disks/web/timeline").expect(200);
            let bars = timeline["bars"].as_array().expect("a timeline has bars");
            assert_eq!(timeline["snapshot_count"].as_u64(), Some(bars.len() as u64));
        }
        _ => {
            let metric = ["changed", "count", "age", "allocated", "shared"];
            let metric = metric[random.below(5) as usize];
            let tile = server.get(&format!("disks/web/heatmap/{metric}/0/0"));
            assert_eq!(tile.status, 200, "{metric}");
            assert_eq!(Tile::decode(&tile.body).expect("it is a tile").cells, 1024);
        }
    }
}

#[test]
fn of_writers_that_want_the_same_name_one_gets_it() {
    let (_skikt, server, _image) = Server::with_disk(1 << 20);
    let statuses = |asked: &(dyn Fn() -> u16 + Sync)| {
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(asked)).collect();
            all.into_iter().map(|it| it.join().expect("it was answered")).collect()
        });
        statuses.sort_unstable();
        statuses
    };
    let took = statuses(&|| server.post("disks/web/snapshots", &json!({"name": "one"})).status);
    assert_eq!(took, [202, 409, 409, 409, 409, 409, 409, 409]);
    let keyed = statuses(&|| {
        let request = server.request("POST", "disks/web/snapshots").json(&json!({"name": "two"}));
        request.header("idempotency-key", "k").header("prefer", "wait=60").send().status
    });
    assert_eq!(keyed, [200; 8]);
    let deleted = statuses(&|| server.request("DELETE", "snapshots/two").send().status);
    assert_eq!(deleted, [204, 404, 404, 404, 404, 404, 404, 404]);
    // Two snapshots of one disk, asked for at once, are taken one after the other.
    let both = statuses(&|| {
        let request = server.request("POST", "disks/web/snapshots").json(&json!({}));
        request.header("prefer", "wait=60").send().status
    });
    assert_eq!(both, [200; 8]);
    let jobs = server.get("jobs?state=failed").expect(200);
    assert_eq!(jobs["items"], json!([]));
}

#[test]
fn who_hangs_up_harms_nobody() {
    let life = Life::begin();
    for _ in 0..24 {
        let mut stream = life.server.request("GET", "snapshots/s9/data").open();
        stream.some(1000);
        drop(stream);
        let request = life.server.request("POST", "disks/web/snapshots").json(&json!({}));
        request.header("prefer", "wait=60").header("idempotency-key", "hung-up").hang_up();
    }
    let page = life.server.get("snapshots/s0/data?format=iso");
    page.assert_refused(400, Code::InvalidRequest);
    // What was asked for by who hung up is done, once.
    let job = life.server.get("jobs?limit=1").expect(200)["items"][0]["id"].clone();
    let path = format!("jobs/{}", job.as_str().expect("a job has an id"));
    let job = life.server.request("GET", &path).header("prefer", "wait=60").send().expect(200);
    assert_eq!(job["state"], "done");
    let count = life.server.get("disks/web").expect(200)["snapshot_count"].clone();
    assert_eq!(count, json!(11));
}

#[test]
fn more_writers_than_there_are_threads_all_get_their_turn() {
    const WRITERS: u64 = 600;
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let empty = json!({"kind": "empty", "size_bytes": WRITERS * 512});
    let disk = server.post("disks", &json!({"name": "db", "source": empty})).expect(201);
    // Nobody is served before all have asked.
    let held = skikt.hold(&format!("disks/{}/lock", disk["id"].as_str().unwrap()));
    let ask = |writer: u64| {
        let range = format!("bytes {}-{}/*", writer * 512, writer * 512 + 511);
        let put =
            Request::new(server.port(), "PUT", "disks/db/data").header("content-range", &range);
        put.body("application/octet-stream", [writer as u8; 512]).begin()
    };
    let asked: Vec<_> = (0..WRITERS).map(ask).collect();
    // So many that these are answered in a moment, and those are not.
    for _ in 0..20 {
        server.get("disks").expect(200);
    }
    drop(held);
    for answer in asked {
        answer.answer().whole().expect(204);
    }
    let expected: Vec<u8> = (0..WRITERS).flat_map(|writer| [writer as u8; 512]).collect();
    assert_same(&server.get("disks/db/data").body, &expected, "what they wrote");
}
