//! While a snapshot or a garbage collection goes on for hours: who asks for something else is
//! answered, and what goes on can be stopped.

use std::fs::File;

use harness::{cli::Skikt, server::Server};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use shared::Code;

/// A server with a disk `db` that has a snapshot `first`; the next one of it is under way and gets
/// no further while the file is held, and a garbage collection waits for that one.
fn busy() -> (Skikt, Server, File, [Value; 2]) {
    let skikt = Skikt::new();
    let server = Server::start(&skikt);
    let empty = json!({"kind": "empty", "size_bytes": 1 << 20});
    let disk = server.post("disks", &json!({"name": "db", "source": empty})).expect(201);
    server.take("db", "first");
    let id = disk["id"].as_str().expect("a disk has an id");
    let held = skikt.hold(&format!("disks/{id}/lock"));
    let snapshot = server.post("disks/db/snapshots", &json!({"name": "second"})).expect(202);
    until(&server, &snapshot, "running");
    let gc = server.post("gc", &json!({})).expect(202);
    until(&server, &gc, "running");
    (skikt, server, held, [snapshot, gc])
}

fn path(job: &Value) -> String {
    format!("jobs/{}", job["id"].as_str().expect("a job has an id"))
}

fn until(server: &Server, job: &Value, state: &str) {
    while server.get(&path(job)).expect(200)["state"] != state {
        std::thread::yield_now();
    }
}

fn ended(server: &Server, job: &Value) -> Value {
    server.request("GET", &path(job)).header("prefer", "wait=60").send().expect(200)
}

#[test]
fn who_asks_beside_a_garbage_collection_is_answered() {
    let (_skikt, server, held, [snapshot, gc]) = busy();
    // This one waits for the garbage collection, which is its own affair.
    let shared = json!({"kind": "snapshot", "snapshot": "first"});
    let copy = server.request("POST", "disks").json(&json!({"name": "copy", "source": shared}));
    let copy = copy.begin();
    let empty = json!({"kind": "empty", "size_bytes": 512});
    server.post("disks", &json!({"name": "empty", "source": empty})).expect(201);
    let job = server.post("disks/db/snapshots", &json!({"name": "third"})).expect(202);
    let keyed = || server.request("POST", "gc").json(&json!({})).header("idempotency-key", "k");
    let again = keyed().send().expect(202);
    assert_eq!(keyed().send().expect(202)["id"], again["id"]);
    server.post("snapshots/first/verify", &json!({})).expect(202);
    drop(held);
    copy.answer().whole().expect(201);
    for job in [snapshot, gc, job, again] {
        assert_eq!(ended(&server, &job)["state"], "done");
    }
}

#[test]
fn a_garbage_collection_is_stopped() {
    let (skikt, server, held, [snapshot, gc]) = busy();
    server.request("DELETE", &path(&gc)).send().expect(202);
    let stopped = ended(&server, &gc);
    assert_eq!(stopped["state"], "cancelled", "{stopped}");
    server.request("DELETE", &path(&gc)).send().assert_refused(409, Code::JobEnded);
    drop(held);
    assert_eq!(ended(&server, &snapshot)["state"], "done");
    server.stop();
    skikt.assert_whole();
}

#[test]
fn a_server_that_is_asked_to_stop_leaves_a_garbage_collection_to_the_next() {
    let (skikt, mut server, held, [_, gc]) = busy();
    server.running().signal(Signal::SIGTERM);
    // What holds the snapshot up is no work of the server's: it goes on when that ends.
    server.running().until_it_says("suspended");
    drop(held);
    assert_eq!(server.end(Signal::SIGCONT).code, Some(0));
    let server = Server::start(&skikt);
    assert_eq!(ended(&server, &gc)["state"], "done");
    assert_eq!(ended(&server, &gc)["attempts"], 2);
    server.stop();
    skikt.assert_whole();
}

#[test]
fn of_two_disks_that_want_one_name_for_their_snapshots_one_gets_it() {
    let (skikt, server, _image) = Server::with_disk(1 << 20);
    let other = skikt.random_image("data/images/other.img", 512);
    server.attach("other", other.path()).expect(201);
    let web = server.get("disks/web").expect(200)["id"].clone();
    let held = skikt.hold(&format!("leases/{}", web.as_str().unwrap()));
    let nightly = json!({"name": "nightly"});
    let first = server.post("disks/web/snapshots", &nightly).expect(202);
    let second = server.post("disks/other/snapshots", &nightly);
    second.assert_refused(409, Code::SnapshotNameTaken);
    drop(held);
    assert_eq!(ended(&server, &first)["state"], "done");
}

#[test]
fn stops_of_the_server_do_not_count_as_crashes() {
    let (skikt, mut server, _image) = Server::with_disk(1 << 20);
    let web = server.get("disks/web").expect(200)["id"].clone();
    let held = skikt.hold(&format!("leases/{}", web.as_str().unwrap()));
    let job = server.post("disks/web/snapshots", &json!({"name": "first"})).expect(202);
    // At work, and kept so.
    let until_begun = |server: &Server| {
        while server.get("jobs?state=running").expect(200)["items"] == json!([]) {
            std::thread::yield_now();
        }
    };
    for _ in 0..2 {
        until_begun(&server);
        assert_eq!(server.stop().code, Some(0));
        server = Server::start(&skikt);
    }
    for _ in 0..2 {
        until_begun(&server);
        server.kill();
        server = Server::start(&skikt);
    }
    drop(held);
    let ended = ended(&server, &job);
    assert_eq!((&ended["state"], &ended["attempts"]), (&json!("done"), &json!(5)), "{ended}");
}
